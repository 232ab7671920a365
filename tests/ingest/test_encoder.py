"""The encoder: its weights are the published ones, and computing fast changes next to nothing."""

from __future__ import annotations

import numpy as np
import pytest

import ingest.encoder
from ingest.encoder import DIMENSION, Encoder
from ingest.errors import IngestError

TEXTS = ["Hold the stretch for 30 seconds.", "Runner's hip", "A sore hip after a run. " * 30, "x"]


@pytest.mark.model
def test_fast_vectors_are_next_to_the_exact_ones() -> None:
    exact, fast = Encoder().embed(TEXTS), Encoder(fast=True).embed(TEXTS)
    assert exact.shape == (len(TEXTS), DIMENSION)
    assert np.allclose(np.linalg.norm(fast, axis=1), 1, atol=1e-5)
    assert float((exact * fast).sum(axis=1).min()) > 0.999


def test_other_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest.encoder, "MODEL_SHA256", "0" * 64)
    with pytest.raises(IngestError, match="not the published ones"):
        Encoder().load()
