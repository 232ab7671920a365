"""Teach the answering side from questions with known answers: adapter, ranking weights, gate, confidence, follow-ups.

python -m benchmarks.teach adapter|weights|gate|confidence|query [--seeds DIR] [--epochs N]

`sets/training_covered.jsonl` says for each question at which characters of the five source texts the answering sentences
start; the texts themselves are not part of this project, so `--seeds` names their folder. `gate` takes some twenty minutes on
two cores, the others a few. The adapter and the gate write their files in bot/data/; of weights, confidence and
query the numbers are printed, to be put into bot/data/weights.yaml. Only `confidence` and `query` read open halves, the first as
the gate is too sure of what it was taught on; nothing here reads the blind ones.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch.nn import functional

import bot.adapter
import bot.confidence
import bot.query
import bot.rank
from benchmarks.answers import POLICY
from benchmarks.sets import read
from bot.asides import is_aside
from bot.chain import PASSAGES
from bot.gate import EVIDENCE, FILE, Gate
from bot.language import other_language
from bot.network import Gate as Network
from bot.query import Query, resolve, resolve_all, subject_terms, together
from bot.reading import compared
from bot.reading import read as read_query
from bot.requests import fixed_answer
from bot.search import HybridRetriever, Search
from ingest.encoder import MODEL_SHA256, Encoder, has_bfloat16
from ingest.generation import Generation, open_current
from ingest.pipeline import Ingestion
from settings import load_settings

SEEDS = Path(__file__).resolve().parents[2] / "shared" / "seeds"
FOLDS = 5  # features of a question come from an adapter that was not taught on it
# Adapter: InfoNCE over all sentences. Both chosen on the open half.
SHARPNESS, DECAY = 20.0, 30.0
# Weights: a conditional logit over the sentences found, with this ridge.
RIDGE = 5e-3
# Gate.
RATE, HEAD_RATE, BATCH, SMOOTH = 8e-5, 1e-3, 32, 0.02
COUNTS = {"covered": 1.0, "gone": 0.6, "uncovered": 2.0}
# Query: an answer is found where it is among so many sentences; so many complete questions are put after another subject.
FOUND, COMPLETE = 4, 400
Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to learn from.

    Attributes:
        turns: the runner's turns.
        spots: (article, start) of the sentences that answer; empty where nothing does.

    """

    turns: list[str]
    spots: frozenset[tuple[str, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Example:
    """What the gate learns from: a question, the best sentences, and whether they answer.

    Attributes:
        question: the last turn.
        before: words of earlier turns.
        evidence: the best sentences behind their headings.
        kind: covered, gone (covered, but the answer was taken away) or uncovered.

    """

    question: str
    before: str
    evidence: tuple[str, ...]
    kind: str


def covered(generation: Generation) -> list[Asked]:
    """The questions that the sources answer."""
    ids = {name[:3]: name for name in generation.store.article_ids()}
    return [
        Asked(record["turns"], frozenset((ids[name], start) for name, start in record["spots"]))
        for record in read("training_covered")
    ]


def folds(count: int) -> NDArray[np.int64]:
    """For each question the part it is left out of."""
    return np.random.default_rng(0).integers(0, FOLDS, count)


class Adapters:
    """Fits adapters on the vectors of a generation's sentences."""

    def __init__(self, generation: Generation, encoder: Encoder, asked: Sequence[Asked]) -> None:
        places: dict[tuple[str, int], int] = {}
        vectors: list[Matrix] = []
        for article in generation.store.article_ids():
            for row, chunk in generation.store.article_chunks(article):
                _, parts, _ = generation.part_vectors(row, len(chunk.sentences))
                for sentence, vector in zip(chunk.sentences, parts, strict=True):
                    if sentence.kind != "fragment" and not is_aside(sentence.text):
                        places[article, sentence.start] = len(vectors)
                        vectors.append(vector)
        self.sentences = functional.normalize(torch.tensor(np.array(vectors)), dim=1)
        self.questions = torch.tensor(encoder.embed([resolve(one.turns).text for one in asked]))
        self.targets = torch.zeros(len(asked), len(vectors))
        for number, one in enumerate(asked):
            for spot in one.spots & places.keys():
                self.targets[number, places[spot]] = 1
        self.targets /= self.targets.sum(1, keepdim=True).clamp(min=1)

    def fit(self, numbers: NDArray[np.int64]) -> Matrix:
        """The map taught on some of the questions, shape (384, 384)."""
        questions, targets = self.questions[numbers], self.targets[numbers]
        weights = torch.zeros(questions.shape[1], questions.shape[1], requires_grad=True)
        optimiser = torch.optim.Adam([weights], lr=3e-3)
        for _ in range(200):
            moved = functional.normalize(questions + questions @ weights, dim=1)
            nearness = functional.log_softmax(moved @ self.sentences.T * SHARPNESS, dim=1)
            loss = -(targets * nearness).sum(1).mean() + DECAY * (weights**2).sum() / len(numbers)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        return np.asarray(weights.detach().numpy().astype(np.float16), dtype=np.float32)


def found_for(query: Query, generation: Generation, encoder: Encoder) -> tuple[Query, Search, Search | None]:
    """A query as the chain reads it, what it finds for it, and for the turn it leans on."""
    return read_query(query, HybridRetriever(generation=generation, encoder=encoder, limit=PASSAGES).search, generation)


def ranked(query: Query, generation: Generation, encoder: Encoder) -> tuple[Query, Search, list[bot.rank.Candidate]]:
    """A query as the chain reads it, and its sentences as the chain ranks them."""
    query, found, before = found_for(query, generation, encoder)
    return query, found, bot.rank.candidates_of(query, found, generation, before)


def left_out(adapters: Adapters, count: int) -> Iterator[int]:
    """Every question's number, with an adapter in place that was not taught on it."""
    part = folds(count)
    load = bot.adapter.load_adapter
    try:
        for fold in range(FOLDS):
            weights = adapters.fit(np.flatnonzero(part != fold))
            bot.adapter.load_adapter = lambda weights=weights: weights  # type: ignore[assignment]
            yield from np.flatnonzero(part == fold).tolist()
    finally:
        bot.adapter.load_adapter = load


def teach_adapter(generation: Generation, encoder: Encoder) -> None:
    """Fit and write the adapter."""
    asked = covered(generation)
    weights = Adapters(generation, encoder, asked).fit(np.arange(len(asked)))
    np.save(bot.adapter.FILE, weights.astype(np.float16))
    print(f"{bot.adapter.FILE.name}: taught on {len(asked)} questions")


def teach_weights(generation: Generation, encoder: Encoder) -> None:
    """Fit and write what the figures of a sentence count."""
    asked = covered(generation)
    figures, labels = [], []
    for number in left_out(Adapters(generation, encoder, asked), len(asked)):
        _, found, candidates = ranked(resolve(asked[number].turns), generation, encoder)
        answers = [
            (found.passages[c.passage].chunk.article, c.sentence.start) in asked[number].spots for c in candidates
        ]
        if any(answers):
            figures.append(np.stack([candidate.figures for candidate in candidates]))
            labels.append(np.array(answers))
    width = max(map(len, labels))
    shape = (len(labels), width, len(bot.rank.FIGURES))
    values, there, right = torch.zeros(shape), torch.zeros(shape[:2], dtype=torch.bool), torch.zeros(shape[:2])
    for row, (figure, label) in enumerate(zip(figures, labels, strict=True)):
        values[row, : len(label)], there[row, : len(label)] = torch.tensor(figure), True
        right[row, : len(label)] = torch.tensor(label).float() / label.sum()
    counts = torch.zeros(shape[2], requires_grad=True)
    optimiser = torch.optim.Adam([counts], lr=0.1)
    for _ in range(400):
        nearness = torch.log_softmax((values @ counts).masked_fill(~there, -1e9), 1)
        loss = -(right * nearness).sum(1).mean() + RIDGE * (counts**2).sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    first = np.mean(
        [label[np.argmax(figure @ counts.detach().numpy())] for figure, label in zip(figures, labels, strict=True)]
    )
    print(f"the best sentence answers {first:.1%} of {len(labels)} questions")
    for name, value in zip(bot.rank.FIGURES, counts.tolist(), strict=True):
        print(f"  {name}: {value:.2f}")


def examples(generation: Generation, encoder: Encoder, *, take_away: bool) -> Iterator[Example]:
    """What the gate learns from on one index."""
    asked = covered(generation) if take_away else [Asked(record["turns"]) for record in read("training_covered")]

    def evidence(found: Search, candidates: Sequence[bot.rank.Candidate]) -> tuple[str, ...]:
        full = sorted((c for c in candidates if c.sentence.kind != "lead_in"), key=lambda c: -c.score)
        return tuple(f"{found.passages[c.passage].chunk.section}: {c.sentence.text}" for c in full[:EVIDENCE])

    numbers = left_out(Adapters(generation, encoder, asked), len(asked)) if take_away else range(len(asked))
    for number in numbers:
        query, found, candidates = ranked(resolve(asked[number].turns), generation, encoder)
        if fixed_answer(query.question) or not candidates:
            continue
        yield Example(query.question, query.before, evidence(found, candidates), "covered")
        holding = {
            found.passages[c.passage].chunk.section
            for c in candidates
            if (found.passages[c.passage].chunk.article, c.sentence.start) in asked[number].spots
        }
        rest = [c for c in candidates if found.passages[c.passage].chunk.section not in holding]
        if holding and len(rest) >= EVIDENCE:
            yield Example(query.question, query.before, evidence(found, rest), "gone")
    for record in read("training_uncovered"):
        query, found, candidates = ranked(resolve(record["turns"]), generation, encoder)
        if candidates and not fixed_answer(query.question):
            yield Example(query.question, query.before, evidence(found, candidates), "uncovered")


def teach_gate(generations: Sequence[tuple[Generation, bool]], encoder: Encoder, epochs: int) -> None:
    """Train and write the gate."""
    learned = [
        example
        for generation, take_away in generations
        for example in examples(generation, encoder, take_away=take_away)
    ]
    rng = random.Random(0)
    torch.manual_seed(0)
    gate, network = Gate(), Network(encoder.folder)
    torch.nn.init.zeros_(network.head.weight)
    network.encoder.embeddings.word_embeddings.weight.requires_grad_(requires_grad=False)
    rows = [gate.pieces(example.question, example.before, example.evidence) for example in learned]
    layers = [parameter for parameter in network.encoder.parameters() if parameter.requires_grad]
    groups = [{"params": layers, "lr": RATE}, {"params": network.head.parameters(), "lr": HEAD_RATE}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = max(1, epochs * len(rows) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1, step / (0.06 * steps)) * max(0.02, 1 - step / steps)
    )
    started = time.monotonic()
    for epoch in range(epochs):
        network.train()
        order = sorted(range(len(rows)), key=lambda number: len(rows[number][0]) + rng.random() * 20)
        batches = [order[first : first + BATCH] for first in range(0, len(order), BATCH)]
        rng.shuffle(batches)
        total = 0.0
        for batch in batches:
            width = max(len(rows[number][0]) for number in batch)
            pieces, kinds, mask = (torch.zeros(len(batch), width, dtype=torch.long) for _ in range(3))
            for at, number in enumerate(batch):
                size = len(rows[number][0])
                pieces[at, :size], kinds[at, :size] = torch.tensor(rows[number][0]), torch.tensor(rows[number][1])
                mask[at, :size] = 1
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=has_bfloat16()):
                logits = network(pieces, kinds, mask)
            right = torch.tensor([float(learned[number].kind == "covered") for number in batch])
            counts = torch.tensor([COUNTS[learned[number].kind] for number in batch])
            loss = functional.binary_cross_entropy_with_logits(
                logits.float(), right * (1 - 2 * SMOOTH) + SMOOTH, reduction="none"
            )
            optimiser.zero_grad()
            (loss * counts).mean().backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += float(loss.detach().mean())
        print(f"epoch {epoch + 1}: loss {total / len(batches):.3f}, {time.monotonic() - started:.0f} s", flush=True)
    save_gate(network)


def teach_confidence(generations: Sequence[Generation], encoder: Encoder) -> None:
    """Fit and print what the figures of confidence count."""
    figures, labels, places = [], [], []
    gate = Gate()
    for place, generation in enumerate(generations):
        articles = set(generation.store.article_ids())
        for record in (r for name in ("questions", "conversations", "out_of_scope") for r in read(f"{name}_open")):
            if fixed_answer(record["turns"][-1]) or other_language(record["turns"][-1], generation.vocabulary):
                continue
            if record.get("source") == [POLICY] and bot.rank.HELP_ARTICLE not in articles:
                continue
            parts = []
            for query in resolve_all(record["turns"]):
                as_read, found, candidates = ranked(query, generation, encoder)
                if candidates:
                    parts.append(bot.confidence.figures_of(as_read, found, candidates, generation, gate.likelihood))
            if parts:
                figures.append(max(parts, key=lambda one: float(one[1])))  # the part the gate is surest of
                labels.append(float(record["answered"]))
                places.append(place)
    values, right = torch.tensor(np.stack(figures)), torch.tensor(labels, dtype=torch.float64)
    mean, spread = values[:, 1:].mean(0), values[:, 1:].std(0)
    scaled = (values[:, 1:] - mean) / spread
    counts, bias = (torch.zeros(size, dtype=torch.float64, requires_grad=True) for size in (scaled.shape[1], 1))
    optimiser = torch.optim.LBFGS([counts, bias], max_iter=200)

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = functional.binary_cross_entropy_with_logits(scaled @ counts + bias, right) + 0.01 * (counts**2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    plain = (counts / spread).detach()
    sure = (scaled @ counts + bias).detach()
    print(f"taught on {len(labels)} questions")
    print(f"  bias: {float(bias.detach()[0] - mean @ plain):.2f}")
    for name, value in zip(bot.confidence.FIGURES[1:], plain.tolist(), strict=True):
        print(f"  {name}: {value:.2f}")
    for place, generation in enumerate(generations):
        there = torch.tensor(places) == place
        for share in (0.02, 0.03, 0.05):
            least = torch.quantile(sure[there & (right == 1)], share)
            print(
                f"{len(generation.store.article_ids())} articles: {share:.0%} of the covered are below "
                f"{torch.sigmoid(least):.2f}, and {(sure[there & (right == 0)] < least).double().mean():.1%} of the others"
            )


def teach_query(generation: Generation, own: Generation, encoder: Encoder) -> None:
    """Fit and print what the figures count that tell a turn leaning on the one before.

    Taught on turns of which one reading ranks the answer higher, on complete questions put after another subject, and on the
    open half of `readings`. Those that lean and those that do not count the same in all.

    """
    rng = random.Random(0)
    asked = covered(generation)
    talks = [one for one in asked if len(one.turns) > 1 and not fixed_answer(one.turns[-1])]
    starts = [one.turns[0] for one in talks if subject_terms(one.turns[0])]
    figures, labels = [], []
    for one in talks:
        query = together(one.turns[-1], one.turns[:-1])
        first, alone = (_place(reading, one.spots, generation, encoder) for reading in (query, query.alone))
        if query.follow_up and first != alone and min(first, alone) < FOUND:
            figures.append(_leaning(query, generation, encoder))
            labels.append(first < alone)
    singles = [one.turns for one in asked if len(one.turns) == 1]
    singles += [record["turns"] for record in read("training_uncovered") if len(record["turns"]) == 1]
    for turns in rng.sample(singles, COMPLETE):
        figures.append(_leaning(together(turns[0], [rng.choice(starts)]), generation, encoder))
        labels.append(False)
    for record in read("readings_open"):
        for index in (generation, own):
            query = together(record["turns"][-1], record["turns"][:-1])
            figures.append(_leaning(query, index, encoder))
            labels.append(record["kind"] == "leans")
    values, right = torch.tensor(np.stack(figures)).double(), torch.tensor(labels, dtype=torch.float64)
    weight = torch.where(right == 1, 0.5 / right.mean(), 0.5 / (1 - right.mean()))
    counts = torch.zeros(values.shape[1], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([counts], max_iter=200)

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = functional.binary_cross_entropy_with_logits(values @ counts, right, weight) + 1e-3 * (counts**2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    sure = (values @ counts).detach() > 0
    for name, kind in (("lean", 1), ("stand alone", 0)):
        print(f"{(sure[right == kind] == bool(kind)).double().mean():.1%} of {int((right == kind).sum())} that {name}")
    for name in ("gain", "bond"):
        figure = values[:, bot.query.FIGURES.index(name)] / 10
        print(
            f"{name}, 1st and 99th of 100:", [f"{float(torch.quantile(figure, share)):.2f}" for share in (0.01, 0.99)]
        )
    for name, value in zip(bot.query.FIGURES, counts.tolist(), strict=True):
        print(f"  {name}: {value:.2f}")


def _place(query: Query, spots: frozenset[tuple[str, int]], generation: Generation, encoder: Encoder) -> int:
    """The place of the first sentence that answers, 0 the best; `FOUND` where it is no better than that."""
    _, found, candidates = ranked(query, generation, encoder)
    best = sorted((c for c in candidates if c.sentence.kind != "lead_in"), key=lambda c: -c.score)[:FOUND]
    starts = [(found.passages[c.passage].chunk.article, c.sentence.start) for c in best]
    return next((place for place, start in enumerate(starts) if start in spots), FOUND)


def _leaning(query: Query, generation: Generation, encoder: Encoder) -> NDArray[np.float32]:
    """What tells that a question leans on the turn before; see `bot.query.figures_of`."""
    texts = (query.question, query.before, query.text)
    alone, before, both = (found_for(Query(text, text), generation, encoder)[1] for text in texts)
    return bot.query.figures_of(query.question, *compared(alone, before, both, generation))


def save_gate(network: Network) -> None:
    """Write what was learned: all but the word vectors, which stay the published ones, as bfloat16."""
    taught = {
        name: value.to(torch.bfloat16).contiguous()
        for name, value in network.state_dict().items()
        if "word_embeddings" not in name
    }
    save_file(taught, str(FILE), metadata={"encoder": MODEL_SHA256})
    print(f"{FILE.name}: {FILE.stat().st_size / 2**20:.0f} MiB")


def main() -> None:
    """Teach one part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["adapter", "weights", "gate", "confidence", "query"])
    parser.add_argument("--seeds", type=Path, default=SEEDS, help="folder of the five source texts")
    parser.add_argument("--epochs", type=int, default=3, help="of the gate")
    arguments = parser.parse_args()
    if not arguments.seeds.is_dir():
        raise SystemExit(f"No source texts at {arguments.seeds}; nothing was taught.")
    encoder = Encoder()
    with tempfile.TemporaryDirectory() as work:
        Ingestion(arguments.seeds, Path(work)).run()
        generation = open_current(Path(work))
        if arguments.part == "adapter":
            teach_adapter(generation, encoder)
        elif arguments.part == "weights":
            teach_weights(generation, encoder)
        elif arguments.part == "confidence":
            own = open_current(load_settings().index)
            teach_confidence([generation, own], encoder)
            own.close()
        elif arguments.part == "query":
            own = open_current(load_settings().index)
            teach_query(generation, own, encoder)
            own.close()
        else:
            own = open_current(load_settings().index)
            teach_gate([(generation, True), (own, False)], encoder, arguments.epochs)
            own.close()
        generation.close()


if __name__ == "__main__":
    main()
