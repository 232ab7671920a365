"""Teach the guardrails' matcher on the open messages and general questions, and set its thresholds on the calibration messages.

python -m benchmarks.matcher train [--epochs N] [--out FILE] [--seed N] [--start FILE --rate R --replay SHARE]
python -m benchmarks.matcher calibrate [--weights FILE]

`train` takes some 20 minutes on two cores that multiply bfloat16, an hour on others, and writes `bot/data/matcher.safetensors`;
with `--start` it goes on from weights, so that new messages are learned in fewer epochs at a lower rate, the fresh ones and
a `--replay` share of the others; reports are learned once more with a next turn that holds, or takes back, what they say. The
weights shipped were made on 2026-11-25 from the open messages of then, went on on 2026-11-29 over those, the general questions
and the fresh ones of then, and on 2026-11-30 twice over all that is fresh now (`--epochs 2 --rate 1e-4`, first with `--replay
0.35` and without next turns, then with `--replay 1`); what is kept is the running mean of the weights.
`calibrate` prints what each threshold would give on messages that neither rules nor matcher have seen; the ones chosen stand in
`guardrails/data/matcher.yaml`.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from benchmarks.sets import SETS, TODAY, Record, read
from bot.matcher import HIDDEN, LEVELS, LONGEST, OUTPUTS, WEIGHTS, MiniLMMatcher
from bot.network import Network, padded
from guardrails import Guardrails, Level
from guardrails.engine import CODES
from guardrails.matcher import TURN
from ingest.encoder import MODEL_SHA256, Encoder, has_bfloat16

Rng = random.Random

RATE, HEAD_RATE, BATCH = 2e-4, 5, 32  # of the layers; how many times that of the head; messages a step
SUFFIX = 0.25  # share of the harmless conversations of which only the last turns are read
MEMORY = 0.998  # of the weights' running mean, a step; the mean is what is kept
SMOOTH = 0.05  # of a code's share spread over all: labels err, and a likelihood should not be certain
TAKEN_BACK, HELD = 0.08, 0.10  # shares of the reports that are learned once more with a turn that takes back, or holds
PRESSURE, TAKING_BACK, HOLDING = (
    (SETS / f"{name}.txt").read_text(encoding="utf-8").splitlines() for name in ("pressure", "taking_back", "holding")
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_CHAT = {"training", "smalltalk", "app", "shoes", "gear", "plan"}
# Words by which a question may be a report as well: of oneself or somebody else, of a time, of what goes on or failed.
_REPORT = re.compile(
    r"\b(?:i|i'?ve|i'?m|me|my|mine|we|our|he|she|his|her|mum|mom|dad|wife|husband|mate|son|daughter|bloke|partner|today|yesterday"
    r"|since|now|still|keeps?|went|tried|didn'?t|gone|ago|last|again|never|won'?t|can'?t|cannot)\b",
    re.IGNORECASE,
)


def general_questions() -> list[Record]:
    """Questions of the answers' training sets that report nothing, as harmless messages.

    Left out are those in which a rule sees a sign, and those whose words may be a report: nobody labelled them one by one.
    """
    rules = Guardrails.load()
    turns = [record["turns"] for name in ("training_covered", "training_uncovered") for record in read(name)]
    return [
        {"messages": one, "level": "none", "codes": [], "tags": ["question"]}
        for one in turns
        if not _REPORT.search(" ".join(one).replace("’", "'")) and rules.assess(one, today=TODAY).level == Level.NONE
    ]


def taught(replay: float = 1, seed: int = 0) -> list[Record]:
    """What the matcher learns from.

    Args:
        replay: the share, 0 to 1, of what earlier weights were taught on already; the newest messages are all in it.
        seed: which share.

    """
    before = [*read("messages_open"), *general_questions()]
    return [*read("messages_fresh"), *Rng(seed).sample(before, round(replay * len(before)))]


def targets(record: Record) -> tuple[list[float], list[float]]:
    """What the network should say of a record: of each level, and as shares of nothing and each code.

    Labels name the codes of the level that decides; the first is the leading one and gets as much as the others together.
    """
    level = Level.parse(record["level"])
    deciding = [code for code in record["codes"] if CODES[code] == level]
    shares = {
        code: (0.5 if len(deciding) > 1 else 1.0) if at == 0 else 0.5 / (len(deciding) - 1)
        for at, code in enumerate(deciding)
    }
    return [float(level >= one) for one in LEVELS], [float(not deciding), *(shares.get(code, 0.0) for code in CODES)]


def varied(record: Record, chat: Sequence[str], rng: Rng) -> list[str]:
    """The messages of a record, changed in ways that must not change what they report."""
    messages = list(record["messages"])
    if record["level"] == "none" and len(messages) > 1 and rng.random() < SUFFIX:
        messages = messages[-rng.randrange(1, len(messages)) :]  # What ends a harmless conversation is harmless alone.
    draw = rng.random()
    if draw < 0.12:
        other, gap = rng.choice(chat), rng.choice(["\n\n", " ", ". "])
        if rng.random() < 0.5:
            messages[0] = other + gap + messages[0]
        else:
            messages[-1] += gap + other
    elif draw < 0.20:
        messages.insert(rng.choice([0, len(messages)]), rng.choice(chat))
    elif draw < 0.32:
        if rng.random() < 0.6:
            messages[-1] += rng.choice([". ", " ", ", ", " - "]) + rng.choice(PRESSURE)
        else:
            messages[0] = rng.choice(PRESSURE) + rng.choice([". ", ", ", " - "]) + messages[0]
    elif draw < 0.40 and record["level"] != "none" and len(messages) == 1:
        parts = [part for part in _SENTENCE.split(messages[0]) if part.strip()]
        if rng.random() < 0.4:
            rng.shuffle(parts)
        messages = parts or messages
    return [_mistyped(message, rng) for message in messages]


def followed(records: Sequence[Record], rng: Rng) -> list[Record]:
    """Reports, each with a next turn that takes all of it back (one in five then with another report) or nothing."""
    reports = [record for record in records if record["level"] != "none"]
    out: list[Record] = [
        {**record, "messages": [*record["messages"], rng.choice(HOLDING)]}
        for record in rng.sample(reports, round(HELD * len(reports)))
    ]
    for record in rng.sample(reports, round(TAKEN_BACK * len(reports))):
        taken = [*record["messages"], rng.choice(TAKING_BACK)]
        if rng.random() < 0.2:
            other = rng.choice(reports)
            out.append({**other, "messages": [*taken, *other["messages"]]})
        else:
            out.append({**record, "messages": taken, "level": "none", "codes": []})
    return out


def _mistyped(text: str, rng: Rng) -> str:
    if rng.random() < 0.08:
        text = re.sub(r"[.,!?;:]", "", text)
    if rng.random() < 0.15:
        for _ in range(rng.randint(1, 3)):
            at, kind = rng.randrange(max(1, len(text) - 2)), rng.randrange(3)
            swap, drop, double = text[at + 1 : at + 2] + text[at : at + 1], "", text[at : at + 1] * 2
            text = text[:at] + (swap, drop, double)[kind] + text[at + (2 if kind == 0 else 1) :]
    return text


class Texts:
    """Turns records to word pieces, the way the guardrails hand them to the matcher."""

    def __init__(self) -> None:
        self.normaliser = Guardrails.load().lexicon.normaliser
        self.tokenizer = MiniLMMatcher().tokenizer

    def words(self, messages: Sequence[str]) -> list[str]:
        """The words of a conversation."""
        words: list[str] = []
        for message in messages:
            words += [*([TURN] if words else []), *(token.text for token in self.normaliser(message).tokens)]
        return words

    def pieces(self, conversations: Sequence[Sequence[str]]) -> list[list[int]]:
        """The word pieces of conversations."""
        words = [self.words(messages) or [TURN] for messages in conversations]
        return [one.ids for one in self.tokenizer.encode_batch(words, is_pretokenized=True)]


def batches(rows: Sequence[Sequence[int]], rng: Rng) -> Iterator[list[int]]:
    """Numbers of rows in batches of like length, in no order."""
    numbers = list(range(len(rows)))
    rng.shuffle(numbers)
    chunks = [
        sorted(numbers[at : at + BATCH * 20], key=lambda n: len(rows[n])) for at in range(0, len(rows), BATCH * 20)
    ]
    out = [chunk[at : at + BATCH] for chunk in chunks for at in range(0, len(chunk), BATCH)]
    rng.shuffle(out)
    return iter(out)


def train(records: list[Record], epochs: int, seed: int, rate: float, start: Path | None) -> Network:
    """Teach a network on records, from the published encoder or from weights."""
    torch.manual_seed(seed)
    rng = Rng(seed)
    texts = Texts()
    network = Network(Encoder().folder, OUTPUTS, HIDDEN)
    if start:
        network.load_state_dict({name: value.float() for name, value in load_file(start).items()}, strict=False)
    network.encoder.embeddings.requires_grad_(requires_grad=False)
    network.encoder.pooler.requires_grad_(requires_grad=False)
    body = [one for one in network.encoder.parameters() if one.requires_grad]
    head = [*network.value.parameters(), *network.attention.parameters()]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": rate}, {"params": head, "lr": rate * HEAD_RATE}], weight_decay=0.01
    )
    steps = (len(records) + len(followed(records, Rng(seed))) + BATCH - 1) // BATCH

    def share(step: int) -> float:
        return min(1, (step + 1) / (steps * 0.5)) * max(0.02, 1 - step / (epochs * steps * 1.02))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, share)
    mean = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(MEMORY))
    chat = [
        r["messages"][0] for r in records if r["level"] == "none" and len(r["messages"]) == 1 and _CHAT & set(r["tags"])
    ]
    level_loss, code_loss = nn.BCEWithLogitsLoss(), nn.CrossEntropyLoss(label_smoothing=SMOOTH)
    for epoch in range(epochs):
        network.train()
        started, total = time.perf_counter(), 0.0
        learned = [*records, *followed(records, rng)]
        levels, codes = (torch.tensor(part) for part in zip(*map(targets, learned), strict=True))
        rows = texts.pieces([varied(record, chat, rng) for record in learned])
        for batch in batches(rows, rng):
            with torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16()):
                logits, _ = network(*padded([rows[number] for number in batch]))
            loss = len(LEVELS) * level_loss(logits[:, : len(LEVELS)], levels[batch])
            loss = loss + code_loss(logits[:, len(LEVELS) :], codes[batch])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_([*body, *head], 1.0)
            optimiser.step()
            schedule.step()
            mean.update_parameters(network)
            total += loss.item() * len(batch)
        print(f"epoch {epoch + 1}: loss {total / len(learned):.3f}, {time.perf_counter() - started:.0f} s", flush=True)
    kept: Network = mean.module.eval()
    return kept


def save(network: Network, file: Path) -> None:
    """Write what was learned, in half precision; the word piece vectors are the published ones and stay out."""
    learned = {
        name: value.half().contiguous()
        for name, value in network.state_dict().items()
        if not name.startswith(("encoder.embeddings", "encoder.pooler"))
    }
    save_file(learned, file, metadata={"encoder": MODEL_SHA256})


def calibrate(weights: Path) -> None:
    """Print what thresholds give on the calibration messages, each read as a whole."""
    records, texts = read("messages_calibration"), Texts()
    read_ = MiniLMMatcher(weights).read([texts.words(record["messages"]) for record in records])
    level = np.array([int(Level.parse(record["level"])) for record in records])
    right = Counter[tuple[str, bool]]()
    for record, likeness in zip(records, read_, strict=True):
        if record["codes"]:
            leading = max(record["codes"], key=lambda code: CODES[code])
            top = max((c for c in CODES if CODES[c] == CODES[leading]), key=lambda code: likeness.codes[code])
            right[record["level"], top in record["codes"]] += 1
    print(
        "likeliest code of the level is right: "
        + ", ".join(f"{k[0]} {right[k]}/{right[k[0], True] + right[k[0], False]}" for k in right if k[1])
    )
    for at in LEVELS:
        value = np.array([likeness.levels[at] for likeness in read_])
        print(f"at least {at.label}")
        for least in (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99):
            hit = (value >= least)[level >= at].mean()
            wrong = (value >= least)[level < at].mean()
            quiet = (value >= least)[level == 0].mean()
            print(f"  from {least:.2f}: recognised {hit:6.1%}, too high {wrong:6.1%}, of the harmless {quiet:6.1%}")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    teach = commands.add_parser("train")
    teach.add_argument("--epochs", type=int, default=6)
    teach.add_argument("--seed", type=int, default=0)
    teach.add_argument("--start", type=Path, help="weights to go on from")
    teach.add_argument("--replay", type=float, default=1.0, help="share of the earlier messages to go over again")
    teach.add_argument("--rate", type=float, default=RATE, help="learning rate of the encoder's layers")
    teach.add_argument("--out", type=Path, default=WEIGHTS)
    tell = commands.add_parser("calibrate")
    tell.add_argument("--weights", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    if arguments.command == "train":
        network = train(
            taught(arguments.replay, arguments.seed), arguments.epochs, arguments.seed, arguments.rate, arguments.start
        )
        save(network, arguments.out)
        print(f"{arguments.out}: {arguments.out.stat().st_size / 2**20:.1f} MiB, texts cut at {LONGEST} word pieces")
        calibrate(arguments.out)
    else:
        calibrate(arguments.weights)


if __name__ == "__main__":
    main()
