"""What the tests of the bot share: the index of the project's own articles, which takes long to make."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.pipeline import Ingestion
from tests.conftest import PROJECT


@pytest.fixture(scope="session")
def real_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own corpus, embedded with the real encoder."""
    index = tmp_path_factory.mktemp("real") / "index"
    assert Ingestion(PROJECT / "corpus", index).run().exit_code == 0
    return index
