"""Fit the weights on which the bot decides to decline, on the open halves of the question sets.

python -m benchmarks.calibrate

Prints the weights for `bot.confidence.DECLINE_WEIGHTS` and the cross-validated error; it changes nothing itself.
"""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from benchmarks.evaluate import read
from bot.chain import PASSAGES
from bot.compose import candidates_of
from bot.confidence import confidence_features
from bot.query import resolve
from bot.requests import fixed_answer
from bot.search import search
from ingest.encoder import Encoder
from ingest.generation import open_current
from settings import load_settings


def main() -> None:
    """Fit and print."""
    encoder = Encoder()
    generation = open_current(load_settings().index)
    rows, labels = [], []
    names = ["semantic", "coverage", "length", "follow_up"]
    for record in [r for name in ("questions", "conversations", "out_of_scope") for r in read(f"{name}_open")]:
        if fixed_answer(record["turns"][-1]):
            continue
        query = resolve(record["turns"])
        found = search(generation, encoder, query.text, PASSAGES)
        features = confidence_features(
            query, found, candidates_of(query, found, generation), encoder.rarity, generation.publishers
        )
        rows.append([features[name] for name in names])
        labels.append(int(record["answered"]))
    model = LogisticRegression(C=100)
    guessed = cross_val_predict(model, np.array(rows), np.array(labels), cv=10)
    model.fit(rows, labels)
    print({name: round(float(weight), 1) for name, weight in zip(names, model.coef_[0], strict=True)})
    print("bias", round(float(model.intercept_[0]), 1))
    covered, given = np.array(labels), np.array(guessed)
    print(f"cross-validated: {np.sum((covered == 1) & (given == 0))} of {np.sum(covered == 1)} wrongly declined,")
    print(f"  {np.sum((covered == 0) & (given == 1))} of {np.sum(covered == 0)} wrongly answered")
    generation.close()


if __name__ == "__main__":
    main()
