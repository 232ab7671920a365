"""What the tests of the bot share: the index of the project's own articles, which takes long to make."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from filelock import FileLock

from ingest.pipeline import Ingestion
from tests.conftest import PROJECT


@pytest.fixture(scope="session")
def real_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own corpus, embedded with the real encoder once, whether or not other workers of pytest-xdist need it too."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    index = folder / "real-index"
    with FileLock(folder / "real-index.lock"):  # who comes second finds nothing to do
        assert Ingestion(PROJECT / "corpus", index).run().exit_code == 0
    return index
