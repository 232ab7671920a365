"""What all tests share: no setting of the machine, no network, small corpora, and an encoder that needs no weights."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import settings

from guardrails import Guardrails
from ingest.encoder import DIMENSION, Encoder, Vectors
from ingest.lexical import terms
from ingest.pipeline import Ingestion, Report
from settings import PREFIX, Settings

PROJECT = Path(__file__).resolve().parents[1]
# In CI the same examples every time: a chance find must not stop an unrelated change. Developers' runs go on searching. How long
# an example takes says nothing where other tests run beside it.
settings.register_profile("hipwise", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("hipwise")
LOCAL = ("127.0.0.1", "::1", "localhost", "0.0.0.0")  # noqa: S104 - compared with, never bound


def pytest_configure(config: pytest.Config) -> None:
    """Tests that run beside others, and what they start, keep to one core each."""
    if hasattr(config, "workerinput"):
        os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def _clean_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine reaches a test, and no test writes into the project's own index."""
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    monkeypatch.setenv("HIPWISE_INDEX", str(tmp_path / "index"))


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to any other machine fails the test."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in LOCAL:
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


class WordEncoder(Encoder):
    """Vectors of hashed words: texts with words in common are near each other. No weights, no torch.

    Attributes:
        embedded: every text it was asked to embed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.embedded: list[str] = []

    def load(self) -> None:
        """Nothing to load."""

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """As `Encoder.embed`."""
        self.embedded += texts
        vectors = np.full((len(texts), DIMENSION), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            for term in terms(text):
                vectors[row, int(hashlib.sha256(term.encode()).hexdigest(), 16) % DIMENSION] += 1
        if progress:
            progress(len(texts))
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def encoder() -> WordEncoder:
    """An encoder that needs no weights."""
    return WordEncoder()


ARTICLES = {
    "bridge": """---
title: Bridges
publisher: Test Clinic
updated: 2026-01-02
---

## How to do a bridge

To start a bridge, lie on your back. Lift your hips and hold for 3 seconds.

Bridges: do 3 sets of 12 repetitions.

## Why bridges help

Bridges strengthen the glutes, the muscles of the buttock.
""",
    "shoes/replace": """---
title: Shoes
---

## When to replace shoes

Replace running shoes every 300–500 miles.

Old shoes show these signs:

- The sole of an old shoe is worn on one side.
- The foam of an old shoe stays flat.
""",
    "ice": "# Ice\n\nUse ice for 15 to 20 minutes at a time.\n\nIce is for the first days after a strain.\n",
}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A corpus folder with three small articles."""
    folder = tmp_path / "corpus"
    for name, text in ARTICLES.items():
        file = folder / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Where an index may be made."""
    return tmp_path / "index"


@pytest.fixture
def ingest(corpus: Path, index: Path, encoder: WordEncoder) -> Callable[..., Report]:
    """Run an ingestion of the small corpus."""

    def run(**options: bool) -> Report:
        return Ingestion(corpus, index, encoder=encoder).run(**options)

    return run


@pytest.fixture(scope="session")
def matched() -> Guardrails:
    """The engine as the product uses it: with the real matcher."""
    from bot.matcher import open_matcher

    return Guardrails.load(matcher=open_matcher())


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
