"""Kills real ingestions at random instants, cuts the power, fills the disk, while other processes keep asking.

python -m benchmarks.faults [--kills 300] [--real 20] [--cuts 1] [--minutes 0] [--seed 1]

Each edition of a small corpus differs from the one before in every article. `python -m ingest`, in a process group of its own, is
killed with SIGKILL at instants spread evenly over its phases, up to three times, before it may end once. Meanwhile three other
processes ask through the real bot: one all the time, one that holds each generation as long as it is on disk before it goes on,
and one that opens the index anew for each question. In between a second editor starts a run, or somebody rolls back. Checked:

- every answer comes whole from one generation that served at that time, each quote word for word in its place; none is missing;
- after each kill the pointer names a whole generation, and the next run ends well, leaves nothing lying about and embeds
  nothing again but what was in flight;
- a power cut at the instant of the kill, of which any part of what was not synced may be lost (`--cuts` such losses a
  kill), leaves an index that serves one whole edition and that the next run mends, with the vectors of its own texts;
- a disk with any number of bytes left gives exit code 2 and says so; the old generation serves.

Most kills are of runs with the tests' encoder, which needs no weights, forked from a process that has the libraries loaded;
`--real` of them are of whole `python -m ingest` commands with the real encoder, on both sides. Exit code 1
where anything was found. Unix only.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.errors import IndexUnavailableError
from ingest.generation import Generation, damage, open_current
from ingest.library import Library
from ingest.manifest import current_generation, generation_folder
from ingest.pipeline import Ingestion, list_generations
from settings import PROJECT
from tests.conftest import WordEncoder
from tests.ingest.faults import (
    EDITION,
    EMBED_AT_ONCE,
    QUESTIONS,
    PowerCut,
    Run,
    assert_right_vectors,
    command,
    edition,
    edition_of,
    environment,
    leftovers,
    log_lines,
    run,
    write_edition,
)

PHASES = (
    "Starting",
    "Comparing",
    "Splitting",
    "Embedding",
    "Building",
    "Verifying",
    "Syncing",
    "Swapping",
    "Pruning",
    "Reporting",
)
MODES = ("steady", "holding", "opening")
HOLD = 20.0  # seconds for which a generation is held at most
PAUSE = 0.2  # seconds between two questions of one asker


class Certain:
    """A gate that lets everything through; with the tests' encoder the real one has nothing to go by."""

    def likelihood(self, *_: object) -> float:
        """Always 1."""
        return 1.0


class Witness(Library):
    """A library that remembers which generation it gave last, and can hold it until it is off the disk.

    Args:
        index: the index folder.
        hold: seconds for which a generation is held at most before it is used.

    """

    def __init__(self, index: Path, hold: float = 0.0) -> None:
        super().__init__(index)
        self.hold = hold
        self.given = ""

    @contextmanager
    def generation(self) -> Iterator[Generation]:
        """As `Library.generation`."""
        with super().generation() as generation:
            self.given = generation.id
            folder, until = generation_folder(self.index, generation.id), time.monotonic() + self.hold
            while self.hold and folder.is_dir() and time.monotonic() < until:
                time.sleep(0.01)
            yield generation


def ask(index: Path, answers: Path, mode: str, *, words: bool) -> None:
    """Keep asking until the process that started this one is gone or a file `stop` lies beside the answers."""
    from bot.chain import Bot
    from guardrails import Guardrails
    from ingest.encoder import Encoder

    hold = HOLD if mode == "holding" else 0.0
    guardrails, encoder, gate = Guardrails.load(), WordEncoder() if words else Encoder(), Certain() if words else None
    bot = Bot(Witness(index, hold), guardrails, encoder, gate=gate)  # type: ignore[arg-type]
    parent, number = os.getppid(), 0
    with answers.open("a", encoding="utf-8", buffering=1) as file:
        while os.getppid() == parent and not answers.with_name("stop").exists():
            question = QUESTIONS[number % len(QUESTIONS)]
            number += 1
            if mode == "opening":
                bot.library.close()
                bot.library = Witness(index)
            started = time.monotonic()
            reply = bot.reply([question])
            record = {
                "from": started,
                "to": time.monotonic(),
                "question": question,
                "generation": getattr(bot.library, "given", ""),
                "answered": reply.answered,
                "text": reply.text,
                "citations": [(c.article, c.start, c.end, c.quote) for c in reply.citations],
            }
            file.write(json.dumps(record) + "\n")
            time.sleep(PAUSE)


class RealRun:
    """A watched run of the command with the real encoder, in a process group of its own; arguments as of `Run`."""

    def __init__(self, log: Path, *arguments: object, **settings: str) -> None:
        self.process = subprocess.Popen(
            command(log, *arguments, words=False),
            cwd=PROJECT,
            env={**environment(), **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @property
    def ended(self) -> bool:
        """As of `Run`."""
        return self.process.poll() is not None

    def kill(self) -> None:
        """As of `Run`."""
        if not self.ended:
            os.killpg(self.process.pid, signal.SIGKILL)

    def wait(self) -> tuple[int, str]:
        """As of `Run`."""
        told, _ = self.process.communicate(timeout=600)
        return self.process.returncode, told


@dataclass(slots=True)
class Span:
    """A time in which the pointer was one of few generations. From the end of one to the start of the next it does not move."""

    start: float
    end: float
    served: set[str]


@dataclass(slots=True)
class Trial:
    """One index under fire.

    Attributes:
        work: an empty folder.
        words: whether the tests' encoder stands for the real one.
        cuts: power cuts simulated for each kill.
        choose: source of all chance.
        killed: kills by phase and outcome.
        faults: what was found.
        known: the edition of every generation that ever was whole on disk.
        spans: which generations served when.
        counts: of what else was tried.

    """

    work: Path
    words: bool
    cuts: int
    choose: random.Random
    killed: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    durations: dict[str, float] = field(default_factory=dict)
    number: int = 0
    askers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    embedded: Counter[str] = field(default_factory=Counter)

    @property
    def corpus(self) -> Path:
        """The corpus folder."""
        return self.work / "corpus"

    @property
    def index(self) -> Path:
        """The index folder."""
        return self.work / "index"

    @property
    def log(self) -> Path:
        """The log of the run that was started last."""
        return self.work / "log"

    def play(self, kills: int, until: float) -> None:
        """Run the trial: so many kills, or until a time (monotonic)."""
        try:
            while sum(self.killed.values()) < kills and time.monotonic() < until:
                self._edition()
                print(f"{sum(self.killed.values()):5} kills, {len(self.faults)} faults", flush=True)
                if not self.askers:
                    self._start_askers()
        finally:
            self._stop_askers()
        self._judge_answers()

    def fault(self, what: str) -> None:
        """Write down something that must not be."""
        self.faults.append(what)
        print(f"FAULT (edition {self.number}): {what}", flush=True)

    def _edition(self) -> None:
        """A new edition: runs that are killed, then one that ends well; now and then a step back."""
        self.number += 1
        write_edition(self.corpus, self.number)
        self.embedded.clear()
        for _ in range(self.choose.choice([1, 1, 2, 3]) if self.number > 1 else 2):
            self._kill()
        self._mend()
        if self.choose.random() < 0.2:
            self._roll_back()

    def _options(self) -> list[str]:
        return ["--corpus", str(self.corpus), "--index", str(self.index), "--json"]

    def _start(self, log: Path, *arguments: str) -> Run | RealRun:
        log.unlink(missing_ok=True)
        # The smallest settings are the hardest for readers.
        settings = {"HIPWISE_KEEP_GENERATIONS": self.choose.choice("1123")}
        return (Run if self.words else RealRun)(log, *arguments, **settings)

    def _pointer(self) -> str | None:
        try:
            return current_generation(self.index)
        except IndexUnavailableError as error:
            self.fault(f"the pointer is unusable: {error}")
            return None

    def _kill(self) -> None:
        """Kill one run in the phase that was killed least so far."""
        with self._still():
            cut = PowerCut(self.index, self.work / "before") if self.cuts and self.index.is_dir() else None
        before, started = self._pointer() if self.index.is_dir() else None, time.monotonic()
        process = self._start(self.log, *self._options())
        tally = Counter(phase for phase, _ in self.killed.elements())
        phases = [phase for phase in PHASES if phase in self.durations] or ["Starting"]
        phase = min(phases, key=lambda name: (tally[name], self.choose.random()))
        while not process.ended:
            if any(line.kind == "phase" and line.detail == phase for line in log_lines(self.log)):
                time.sleep(self.choose.random() * self.durations.get(phase, 1.0))
                break
            time.sleep(0.001)
        second = self._second_editor() if self.choose.random() < 0.1 else None
        ended = process.ended
        process.kill()
        code, told = process.wait()
        if second:
            self._judge_second(second)
        after = self._pointer()
        self.spans.append(Span(started, time.monotonic(), {name for name in (before, after) if name}))
        lines = log_lines(self.log)
        phase = [line.detail for line in lines if line.kind == "phase"][-1]
        if ended and code:
            self.fault(f"a run ended by itself with {code}: {told}")
        self._whole(after, before)
        outcome = "nothing yet" if after is None else "old kept" if after == before else "new serves"
        if ended:
            self.counts["runs that ended before their kill"] += 1
        else:
            self.killed[phase, outcome] += 1
        again = self._count_embedded()
        if again > EMBED_AT_ONCE:
            self.fault(f"{again} texts were embedded again")
        for _ in range(self.cuts if cut and not second else 0):
            self._cut(cut, {name for name in (before, after) if name})

    def _count_embedded(self) -> int:
        """How many texts of this edition the last run embedded that had been embedded before."""
        texts = [line.detail.split() for line in log_lines(self.log) if line.kind == "embed"]
        new = [text[0] for text in texts if len(text) > 1]  # a heading names no edition; it may come back after it went
        again = sum(text in self.embedded for text in new)
        self.embedded.update(new)
        self.counts["texts embedded again"] += again
        return again

    def _whole(self, name: str | None, before: str | None) -> None:
        """The pointer must name a whole generation."""
        if name is None:
            if before is not None or self.known:
                self.fault("the pointer is gone")
            return
        try:
            for folder in list_generations(self.index):
                if folder.name not in self.known and damage(folder) is None:
                    generation = Generation.open(folder)
                    try:
                        self.known[folder.name] = edition_of(generation)
                    finally:
                        generation.close()
        except IndexUnavailableError as error:
            self.counts["half-removed generations seen after a kill"] += 1
            if name in str(error):
                self.fault(f"the pointer names a generation without a manifest: {error}")
        except AssertionError as error:
            self.fault(str(error))
        try:
            wrong = damage(generation_folder(self.index, name))
            if wrong:
                self.fault(f"the pointer names a damaged generation: {wrong}")
            generation = open_current(self.index)
            try:
                self.known[name] = edition_of(generation)
            finally:
                generation.close()
        except (AssertionError, IndexUnavailableError) as error:
            self.fault(f"what the pointer names does not open whole: {error}")

    def _second_editor(self) -> Run | RealRun:
        self.counts["runs beside another"] += 1
        return self._start(self.work / "second", *self._options())

    def _judge_second(self, process: Run | RealRun) -> None:
        code, told = process.wait()
        if code == 2 and "Another ingestion is running" in told:
            self.counts["of them refused"] += 1
        elif code:
            self.fault(f"a second editor's run ended with {code}: {told}")

    def _mend(self) -> None:
        """The run after a kill must end well and leave nothing lying about."""
        before, started = self._pointer(), time.monotonic()
        process = self._start(self.log, *self._options())
        code, told = process.wait()
        after = self._pointer()
        self.spans.append(Span(started, time.monotonic(), {name for name in (before, after) if name}))
        self.counts["runs that mended"] += 1
        if code:
            self.fault(f"the run after a kill ended with {code}: {told}")
            return
        self._whole(after, before)
        if after and self.known.get(after) != self.number:
            self.fault(f"after the run the edition {self.known.get(after)} serves, not {self.number}")
        left = leftovers(self.index)
        if left:
            self.fault(f"left lying about: {left}")
        if self._count_embedded() > EMBED_AT_ONCE:
            self.fault("texts were embedded again")
        lines = [line for line in log_lines(self.log) if line.kind == "phase"]
        if len(lines) > 3:  # a run that had something to do
            for line, following in zip(lines, [*lines[1:], None], strict=True):
                self.durations[line.detail] = max((following.at if following else line.at + 0.05) - line.at, 0.001)

    def _roll_back(self) -> None:
        """Go back, killed on the way now and then."""
        before, started = self._pointer(), time.monotonic()
        process = self._start(self.log, "rollback", "--index", str(self.index))
        if self.choose.random() < 0.3:
            time.sleep(0.2 * self.choose.random())
            if not process.ended:
                process.kill()
                self.counts["rollbacks killed"] += 1
        code, told = process.wait()
        after = self._pointer()
        self.spans.append(Span(started, time.monotonic(), {name for name in (before, after) if name}))
        self.counts["rollbacks"] += 1
        if code not in {0, -signal.SIGKILL} and "no generation before" not in told:
            self.fault(f"a rollback ended with {code}: {told}")
        self._whole(after, before)

    @contextmanager
    def _still(self) -> Iterator[None]:
        """Stop the askers for a moment: a copy made file by file is then one of one instant."""
        for asker in self.askers:
            asker.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for asker in self.askers:
                asker.send_signal(signal.SIGCONT)

    def _cut(self, cut: PowerCut | None, served: set[str]) -> None:
        """Cut the power at the instant of the kill and start again on what is left."""
        if cut is None:
            return
        target = self.work / "cut"
        shutil.rmtree(target, ignore_errors=True)
        with self._still():
            cut.apply(target, self.log, self.choose)
        self.counts["power cuts"] += 1
        encoder = WordEncoder()
        library = Library(target)
        try:
            if served:
                with library.generation() as generation:
                    if edition_of(generation) not in {self.known[name] for name in served}:
                        self.fault("after a power cut an edition serves that did not serve before it")
                    assert_right_vectors(generation, encoder)
            library.close()
            report = Ingestion(self.corpus, target, encoder=encoder).run()
            if report.rebuild:
                self.counts["power cuts after which all was built anew"] += 1
            generation = open_current(target)
            try:
                if edition_of(generation) != self.number:
                    self.fault("the run after a power cut does not serve the corpus")
                assert_right_vectors(generation, encoder)
            finally:
                generation.close()
            if left := leftovers(target):
                self.fault(f"after a power cut and a run there is left lying about: {left}")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            self.fault(f"after a power cut: {type(error).__name__}: {error}")
        finally:
            library.close()

    def _start_askers(self) -> None:
        for mode in MODES:
            errors = (self.work / f"{mode}.errors").open("ab")
            arguments = ["ask", str(self.index), str(self.work / f"{mode}.answers"), mode]
            self.askers.append(
                subprocess.Popen(
                    [sys.executable, "-m", "benchmarks.faults", *arguments, *(["--words"] if self.words else [])],
                    cwd=PROJECT,
                    env=environment(),
                    stderr=errors,
                )
            )
        until = time.monotonic() + 120
        while time.monotonic() < until and not all((self.work / f"{mode}.answers").exists() for mode in MODES):
            time.sleep(0.1)

    def _stop_askers(self) -> None:
        (self.work / "stop").touch()
        for asker in self.askers:
            try:
                if asker.wait(120):
                    self.fault(f"an asker ended with {asker.returncode}")
            except subprocess.TimeoutExpired:
                asker.kill()
                asker.wait()
                self.fault("an asker hung and had to be killed")

    def _judge_answers(self) -> None:
        for mode in MODES:
            answers = [json.loads(line) for line in (self.work / f"{mode}.answers").read_text().splitlines()]
            self.counts[f"answers, {mode}"] += len(answers)
            wrong = [fault for answer in answers if (fault := self._wrong(answer))]
            for fault in wrong[:20]:
                self.fault(f"{mode}: {fault}")

    def _wrong(self, answer: dict[str, Any]) -> str | None:
        """What is wrong with an answer, or None."""
        name, start, end = answer["generation"], answer["from"], answer["to"]
        if not answer["answered"]:
            return f"no answer to {answer['question']!r} from {name} at {start:.3f}: {answer['text']}"
        if name not in self.known:
            return f"an answer from {name}, which never was"
        last = [span for span in self.spans if span.end <= start][-1:]
        over = [span for span in self.spans if span.start <= end and span.end >= start]
        served = set().union(*(span.served for span in [*last, *over]))
        if self.spans and name not in served:
            return f"an answer from {name} (edition {self.known[name]}) at {start:.3f}, when {served} served"
        texts = edition(self.known[name])
        for article, first, behind, quote in answer["citations"]:
            if texts.get(article, "")[first:behind] != quote:
                return f"a quote that is not at its place: {quote!r} in {article} of edition {self.known[name]}"
        marks = {number for *_, quote in answer["citations"] for number in EDITION.findall(quote)}
        if marks != {str(self.known[name])}:
            return f"an answer of edition {self.known[name]} quotes the editions {marks}"
        return None

    def table(self) -> None:
        """Print what was done and found."""
        outcomes = sorted({outcome for _, outcome in self.killed})
        by_phase: dict[str, Counter[str]] = defaultdict(Counter)
        for (phase, outcome), count in self.killed.items():
            by_phase[phase][outcome] += count
        print(f"\nkilled in {'':14}" + "".join(f"{outcome:>14}" for outcome in outcomes))
        for phase in [name for name in PHASES if name in by_phase]:
            print(f"  {phase:22}" + "".join(f"{by_phase[phase][outcome]:>14}" for outcome in outcomes))
        print(f"  {sum(self.killed.values())} kills over {self.number} editions")
        for what, count in sorted(self.counts.items()):
            print(f"  {count:6} {what}")
        print(f"  {len(self.faults):6} faults", flush=True)


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[bool]:
    """A file system of its own at `folder`; False where this machine does not let us mount one."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S607


def fill_the_disk(work: Path, step: int) -> list[str]:
    """Run with 0, `step`, 2 `step`, … KiB left on the disk until a run gets through; returns what was found."""
    faults: list[str] = []
    refused = 0
    with small_disk(work / "disk", 20_000) as mounted:
        if not mounted:
            print("full disk: not tried, no file system can be mounted here")
            return faults
        corpus, index, ballast, log = work / "corpus", work / "disk/index", work / "disk/ballast", work / "log"
        write_edition(corpus, 1)
        options = ["--corpus", str(corpus), "--index", str(index), "--json"]
        run(*command(log, *options))
        before = current_generation(index)
        write_edition(corpus, 2)
        for room in range(0, 20_000, step):
            ballast.write_bytes(bytes(max(shutil.disk_usage(work / "disk").free - room * 1024, 0)))
            done = run(*command(log, *options))
            serves = current_generation(index)
            library, number = Library(index), 0
            try:
                with library.generation() as generation:
                    number = edition_of(generation)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
                faults.append(f"{room} KiB left: {type(error).__name__}: {error}")
            finally:
                library.close()
            ballast.unlink()
            if done.returncode == 0:
                if number != 2:
                    faults.append(f"{room} KiB left: exit code 0, and edition {number} serves")
                break
            refused += 1
            if done.returncode != 2 or "could not be written" not in done.stderr or serves != before or number != 1:
                faults.append(f"{room} KiB left: exit code {done.returncode}, edition {number}: {done.stderr.strip()}")
    print(f"full disk: {refused} runs with 0 to {room - step} KiB left refused, {len(faults)} faults")
    for fault in faults:
        print(f"FAULT: {fault}")
    return faults


def main() -> int:
    """Run it; 1 where anything was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=300, help="kills with the tests' encoder")
    parser.add_argument("--real", type=int, default=20, help="kills with the real encoder")
    parser.add_argument("--cuts", type=int, default=1, help="power cuts simulated for each kill")
    parser.add_argument(
        "--minutes", type=float, default=0, help="end each part after so long, with fewer kills; 0: never"
    )
    parser.add_argument("--disk-step", type=int, default=24, help="KiB between two trials of a full disk; 0 for none")
    parser.add_argument("--seed", type=int, default=1, help="of all chance but the machine's own")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)  # what is mended is said; here that is the point
    found: list[str] = []
    with tempfile.TemporaryDirectory(prefix="hipwise-faults-") as work:
        if arguments.disk_step:
            (Path(work) / "full").mkdir()
            found += fill_the_disk(Path(work) / "full", arguments.disk_step)
        for name, kills in (("words", arguments.kills), ("real", arguments.real)):
            words = name == "words"
            (Path(work) / name).mkdir()
            trial = Trial(Path(work) / name, words, arguments.cuts if words else 0, random.Random(arguments.seed))
            print(f"\n{kills} kills with {'the tests’' if words else 'the real'} encoder", flush=True)
            if kills:
                trial.play(kills, time.monotonic() + (60 * arguments.minutes or float("inf")))
                trial.table()
                found += trial.faults
    return 1 if found else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["ask"]:
        ask(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], words="--words" in sys.argv)
    else:
        sys.exit(main())
