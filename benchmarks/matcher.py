"""Teach the guardrails' matcher on the open messages and general questions, and set its thresholds on the calibration messages.

python -m benchmarks.matcher train [--epochs N] [--out FILE] [--seed N] [--start FILE --rate R --replay SHARE]
python -m benchmarks.matcher mean SHARE:FILE [SHARE:FILE ...] [--out FILE]
python -m benchmarks.matcher calibrate [--weights FILE]

`train` takes some 10 minutes an epoch on two cores that multiply bfloat16, three times as long on others, and writes
`bot/data/matcher.safetensors`; with `--start` it goes on from weights, so that new messages are learned in fewer epochs at a
lower rate, the fresh ones and a `--replay` share of the others. After some reports a turn is read that holds, or takes back,
what they say, or a harmless conversation, which may take back something of its own; before some, harmless ones; and it is
learned what holds after each. What is kept is the running mean of the weights. Those shipped were made on 2026-11-25 from the
open messages of then, went on on 2026-11-29 and 30 over those, the general questions and the fresh ones of then, each
conversation read as one text; on 2026-11-30 they learned to read turn by turn (eight epochs at `--rate 2e-4` to 1.2e-4), and
from the mean of the last three weights went on over all that is fresh now: two epochs at 1.5e-4 with `--replay 0.4` (A), two
more with 0.5, three with 0.4 and whole conversations behind reports (B), two more at 1.2e-4 (C). Their `mean`, 0.25 A + 0.65 B +
0.1 C, went on over five more writers, with what holds after every turn of the talk behind a report: three epochs at 1.5e-4 with
a tenth of the reports told once taken back (D), three at 1.4e-4 with a seventh (E), two at 1.2e-4 (F). The mean 0.2 D + 0.4 E +
0.4 F went on over what twelve more writers wrote, as it came in: three epochs at 1.3e-4, two at 1.3e-4 with `--replay 0.35` and
two at 1.1e-4; then over five more, three at 1.3e-4 with 0.4 and three at 1.2e-4 with 0.3. The mean of the last two is shipped;
either alone missed more or had more false alarms.
`calibrate` prints what each threshold would give on messages that neither rules nor matcher have seen; the ones chosen stand in
`guardrails/data/matcher.yaml`.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from benchmarks.sets import SETS, TODAY, Record, read
from bot.matcher import HIDDEN, LEVELS, LONGEST, OUTPUTS, READS, WEIGHTS, MiniLMMatcher, Pieces
from bot.network import Network, padded
from guardrails import Guardrails, Level
from guardrails.engine import CODES
from guardrails.matcher import Text
from ingest.encoder import MODEL_SHA256, Encoder, has_bfloat16

Rng = random.Random

RATE, HEAD_RATE, BATCH = 2e-4, 5, 32  # of the layers; how many times that of the head; messages a step
SUFFIX = 0.25  # share of the harmless conversations of which only the last turns are read
MEMORY = 0.998  # of the weights' running mean, a step; the mean is what is kept
SMOOTH = 0.05  # of a code's share spread over all: labels err, and a likelihood should not be certain
# Shares of the reports after which a turn is read that takes back all (of those told over several turns, twice that), or
# holds; and after which harmless talk is read.
TAKEN_BACK, HELD, FOLLOWED = 0.14, 0.08, 0.32
CHATTED = 0.12  # share of the records before which harmless talk is read
# Share of that talk that is a conversation of any kind, and of those the share of several turns: what they take back is
# their own, never the report.
WHOLE, LONGER = 0.7, 0.65
SECOND = 0.10  # share of the reports to which another one is added
NOTHING: Record = {"level": "none", "codes": []}
UNKNOWN = float("nan")
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
    before = [*read("messages_open"), *read("messages_taught"), *general_questions()]
    return [*read("messages_fresh"), *Rng(seed).sample(before, round(replay * len(before)))]


def targets(record: Record | None) -> tuple[list[float], list[float]]:
    """What the network should say of a record: of each level, and as shares of nothing and each code.

    Of something of unknown level (None) only that it is at least "soon"; the rest is ``UNKNOWN``. Labels name the codes of the
    level that decides; the first is the leading one and gets as much as the others together.
    """
    if record is None:
        return [1.0 if one == Level.SOON else UNKNOWN for one in LEVELS], [UNKNOWN] * (1 + len(CODES))
    level = Level.parse(record["level"])
    deciding = [code for code in record["codes"] if CODES[code] == level]
    shares = {
        code: (0.5 if len(deciding) > 1 else 1.0) if at == 0 else 0.5 / (len(deciding) - 1)
        for at, code in enumerate(deciding)
    }
    return [float(level >= one) for one in LEVELS], [float(not deciding), *(shares.get(code, 0.0) for code in CODES)]


class Lesson(NamedTuple):
    """A conversation, and what holds after some of its turns.

    Attributes:
        messages: the runner's turns.
        holds: pairs of how many messages were read and the record they are of; None where it is only known that
            something is reported.

    """

    messages: list[str]
    holds: list[tuple[int, Record | None]]


def lesson(
    record: Record, chat: Sequence[str], reports: Sequence[Record], harmless: Sequence[Record], rng: Rng
) -> Lesson:
    """A record as it is learned once: varied, and a report perhaps with turns after it that take it back or nothing.

    Args:
        record: what is learned.
        chat: harmless messages.
        reports: records that report something; one of them may follow where something was taken back.
        harmless: records that report nothing in the end.
        rng: what decides.

    """
    messages = varied(record, chat, rng)
    if record["level"] != "none" and rng.random() < SECOND:
        other = rng.choice(reports)
        if Level.parse(other["level"]) <= Level.parse(record["level"]):  # A second sign never makes the first one less.
            messages = [*messages[:-1], messages[-1] + rng.choice([" ", ". ", "\n"]) + other["messages"][0]]
    holds: list[tuple[int, Record | None]] = [(len(messages), record)]
    taken_back = TAKEN_BACK * (1 + (len(messages) > 1))
    draw = rng.random() if record["level"] != "none" else 1.0
    if draw < HELD:
        messages.append(rng.choice(HOLDING))
        holds.append((len(messages), record))
    elif draw < HELD + FOLLOWED:
        told = len(messages)
        messages += _talk(chat, harmless, rng)
        # In between, the talk may sound like something worse.
        holds += [*((after, None) for after in range(told + 1, len(messages))), (len(messages), record)]
    elif draw < HELD + FOLLOWED + taken_back:
        messages.append(rng.choice(TAKING_BACK))
        holds.append((len(messages), NOTHING))
        if rng.random() < 0.25:
            other = rng.choice(reports)
            messages += other["messages"]
            holds.append((len(messages), other))
    draw = rng.random()
    if draw < CHATTED:
        before = _talk(chat, harmless, rng)
        holds = [(len(before), NOTHING), *((len(before) + after, its) for after, its in holds)]
        messages = [*before, *messages]
    return Lesson([_mistyped(message, rng) for message in messages], holds)


def _talk(chat: Sequence[str], harmless: Sequence[Record], rng: Rng) -> list[str]:
    if rng.random() >= WHOLE:
        return rng.sample(chat, rng.randint(1, 3))
    turns = rng.choice(harmless)["messages"]
    if rng.random() < LONGER:
        while len(turns) < 2:
            turns = rng.choice(harmless)["messages"]
    return list(turns)


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
    elif draw < 0.24:
        if rng.random() < 0.6:
            messages[-1] += rng.choice([". ", " ", ", ", " - "]) + rng.choice(PRESSURE)
        else:
            messages[0] = rng.choice(PRESSURE) + rng.choice([". ", ", ", " - "]) + messages[0]
    elif draw < 0.32 and record["level"] != "none" and len(messages) == 1:
        parts = [part for part in _SENTENCE.split(messages[0]) if part.strip()]
        if rng.random() < 0.4:
            rng.shuffle(parts)
        messages = parts or messages
    return messages


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
        self.matcher = MiniLMMatcher()

    def text(self, messages: Sequence[str]) -> Text:
        """The words of a conversation, by turns."""
        turns = (tuple(token.text for token in self.normaliser(message).tokens) for message in messages)
        return tuple(turn for turn in turns if turn) or ((".",),)

    def rows(self, lessons: Sequence[Lesson]) -> list[Row]:
        """Lessons as the network learns them."""
        turns = [[tuple(token.text for token in self.normaliser(m).tokens) for m in one.messages] for one in lessons]
        cut = self.matcher.pieces([tuple(filter(None, its)) or ((".",),) for its in turns])
        rows = []
        for one, its, pieces in zip(lessons, turns, cut, strict=True):
            ends = [min(max(0, sum(map(bool, its[:after])) - 1), pieces.turns[-1]) for after, _ in one.holds]
            rows.append(Row(pieces, ends, [targets(record) for _, record in one.holds]))
        return rows


class Row(NamedTuple):
    """A lesson: its word pieces; the turns (from 0) after which something holds; and what, as `targets`."""

    pieces: Pieces
    ends: list[int]
    targets: list[tuple[list[float], list[float]]]


def batches(lengths: Sequence[int], rng: Rng) -> Iterator[list[int]]:
    """Numbers of rows in batches of like length, in no order."""
    numbers = list(range(len(lengths)))
    rng.shuffle(numbers)
    chunks = [
        sorted(numbers[at : at + BATCH * 20], key=lengths.__getitem__) for at in range(0, len(lengths), BATCH * 20)
    ]
    out = [chunk[at : at + BATCH] for chunk in chunks for at in range(0, len(chunk), BATCH)]
    rng.shuffle(out)
    return iter(out)


def train(records: list[Record], epochs: int, seed: int, rate: float, start: Path | None) -> Network:
    """Teach a network on records, from the published encoder or from weights."""
    torch.manual_seed(seed)
    rng = Rng(seed)
    texts = Texts()
    network = Network(Encoder().folder, OUTPUTS, HIDDEN, len(LEVELS))
    if start:
        network.load_state_dict({name: value.float() for name, value in load_file(start).items()}, strict=False)
    network.encoder.embeddings.requires_grad_(requires_grad=False)
    network.encoder.pooler.requires_grad_(requires_grad=False)
    body = [one for one in network.encoder.parameters() if one.requires_grad]
    head = [*network.value.parameters(), *network.attention.parameters()]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": rate}, {"params": head, "lr": rate * HEAD_RATE}], weight_decay=0.01
    )
    steps = (len(records) + BATCH - 1) // BATCH

    def share(step: int) -> float:
        return min(1, (step + 1) / (steps * 0.5)) * max(0.02, 1 - step / (epochs * steps * 1.02))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, share)
    mean = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(MEMORY))
    chat = [
        r["messages"][0] for r in records if r["level"] == "none" and len(r["messages"]) == 1 and _CHAT & set(r["tags"])
    ]
    level_loss, code_loss = nn.BCEWithLogitsLoss(), nn.CrossEntropyLoss(label_smoothing=SMOOTH)
    reports = [record for record in records if record["level"] != "none"]
    harmless = [record for record in records if record["level"] == "none"]
    for epoch in range(epochs):
        network.train()
        started, total = time.perf_counter(), 0.0
        rows = texts.rows([lesson(record, chat, reports, harmless, rng) for record in records])
        for batch in batches([len(row.pieces.pieces) for row in rows], rng):
            learned = [rows[number] for number in batch]
            with torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16()):
                logits, _ = network(*padded([(row.pieces.pieces, row.pieces.turns) for row in learned]))
            at = [(number, end) for number, row in enumerate(learned) for end in row.ends]
            given = logits[[number for number, _ in at], [end for _, end in at]].float()
            levels, codes = (
                torch.tensor(part) for part in zip(*(one for row in learned for one in row.targets), strict=True)
            )
            known, coded = ~levels.isnan(), ~codes[:, 0].isnan()
            loss = len(LEVELS) * level_loss(given[:, : len(LEVELS)][known], levels[known])
            if coded.any():
                loss = loss + code_loss(given[coded, len(LEVELS) :], codes[coded])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_([*body, *head], 1.0)
            optimiser.step()
            schedule.step()
            mean.update_parameters(network)
            total += loss.item() * len(batch)
        print(f"epoch {epoch + 1}: loss {total / len(records):.3f}, {time.perf_counter() - started:.0f} s", flush=True)
    kept: Network = mean.module.eval()
    return kept


def save(network: Network, file: Path) -> None:
    """Write what was learned, in half precision; the word piece vectors are the published ones and stay out."""
    _write(
        {
            name: value
            for name, value in network.state_dict().items()
            if not name.startswith(("encoder.embeddings", "encoder.pooler"))
        },
        file,
    )


def _write(learned: Mapping[str, Tensor], file: Path) -> None:
    halves = {name: value.half().contiguous() for name, value in learned.items()}
    save_file(halves, file, metadata={"encoder": MODEL_SHA256, "reads": READS})


def mean(parts: Sequence[str], file: Path) -> None:
    """Write the mean of weights of one course of teaching, which often does better than any of them (Wortsman 2022, "soups").

    Args:
        parts: ``SHARE:FILE`` each; the shares add up to 1.
        file: where to write it.

    Raises:
        SystemExit: the shares do not add up to 1, or a part is not of that form; the text says which.

    """
    try:
        shares = [(float(share), Path(name)) for share, name in (part.split(":", 1) for part in parts)]
    except ValueError:
        raise SystemExit(f"{' '.join(parts)}: write each part as SHARE:FILE, for example 0.5:a.safetensors") from None
    if abs(sum(share for share, _ in shares) - 1) > 1e-6:
        raise SystemExit(f"The shares add up to {sum(share for share, _ in shares):g}: make it 1")
    loaded = [(share, load_file(name)) for share, name in shares]
    _write(
        {name: torch.stack([share * its[name].float() for share, its in loaded]).sum(0) for name in loaded[0][1]}, file
    )


def calibrate(weights: Path) -> None:
    """Print what thresholds give on the calibration messages, each read as a whole."""
    records, texts = read("messages_calibration"), Texts()
    read_ = [one[-1] for one in MiniLMMatcher(weights).read([texts.text(record["messages"]) for record in records])]
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
    mixed = commands.add_parser("mean")
    mixed.add_argument("parts", nargs="+", metavar="SHARE:FILE", help="weights, and how much of the mean they are")
    mixed.add_argument("--out", type=Path, default=WEIGHTS)
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
    elif arguments.command == "mean":
        mean(arguments.parts, arguments.out)
    else:
        calibrate(arguments.weights)


if __name__ == "__main__":
    main()
