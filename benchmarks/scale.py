"""Many articles: memory and time of an ingestion, what a killed one loses, and how long a question takes over them.

python -m benchmarks.speed scale [--chunks 100000]

The articles are synthetic and so are their vectors (random, from each text's hash), so that what is measured is the
pipeline, not the encoder. The questions are embedded by the real one.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.synthetic import HashEncoder, write_articles
from settings import PROJECT

_CHUNKS_AN_ARTICLE = 8.9  # of benchmarks/synthetic.py
_TEXTS_A_CHUNK = 11  # its own, its heading's and its sentences'


def ingest_here(corpus: Path, index: Path) -> None:
    """One ingestion in this process with synthetic vectors; prints one JSON object about it."""
    from ingest.pipeline import Ingestion

    class Phases:
        """Notes when each step began."""

        def __init__(self) -> None:
            self.began: list[tuple[str, float]] = []

        def step(self, name: str, total: int) -> None:  # noqa: ARG002
            self.began.append((name, time.monotonic()))

        def advance(self, count: int) -> None:
            """Nothing to note."""

    encoder, phases = HashEncoder(), Phases()
    report = Ingestion(corpus, index, encoder=encoder, observer=phases).run()
    ends = [*(begin for _, begin in phases.began[1:]), time.monotonic()]
    facts = {
        "chunks": report.chunks,
        "texts": encoder.embedded,
        "seconds": report.seconds,
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "phases": {name: round(end - began, 1) for (name, began), end in zip(phases.began, ends, strict=True)},
    }
    sys.stdout.write(json.dumps(facts) + "\n")


def _start(corpus: Path, index: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.scale", str(corpus), str(index)]
    environment = {**os.environ, "TOKENIZERS_PARALLELISM": "false"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT, env=environment)


def _finish(name: str, run: subprocess.Popen[str]) -> dict[str, float]:
    output, _ = run.communicate()
    if run.returncode:
        raise SystemExit(f"{name}: the ingestion ended with {run.returncode}")
    facts: dict[str, float] = json.loads(output)
    print(
        f"{name:32}{facts['seconds']:.1f} s, at most {facts['rss'] / 2**20:,.0f} MiB, {facts['texts']:,.0f} texts embedded, "
        f"{facts['chunks']:,.0f} chunks; seconds a step: {facts['phases']}",
        flush=True,
    )
    return facts


def _cached(index: Path) -> int:
    """How many vectors the cache of an index holds; 0 while it is not there."""
    try:
        with closing(sqlite3.connect(f"{(index / 'cache.sqlite').as_uri()}?mode=ro", uri=True)) as db:
            return int(db.execute("SELECT count(*) FROM vectors").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def measure_scale(chunks: int) -> None:
    """Ingest about `chunks` chunks, killed half-way and taken up again; then nothing changed, one changed, and questions."""
    with tempfile.TemporaryDirectory() as work:
        corpus, index = Path(work) / "corpus", Path(work) / "index"
        articles = round(chunks / _CHUNKS_AN_ARTICLE)
        write_articles(corpus, articles)
        print(f"{articles:,} synthetic articles", flush=True)
        run = _start(corpus, index)
        while run.poll() is None and _cached(index) < chunks * _TEXTS_A_CHUNK // 2:
            time.sleep(0.5)
        run.send_signal(signal.SIGKILL)
        run.communicate()
        kept = _cached(index)
        print(f"killed with {kept:,} texts embedded", flush=True)
        facts = _finish("taken up again, to the end", _start(corpus, index))
        again = facts["texts"] - (_cached(index) - kept)
        print(f"  embedded once more            {again:,.0f} texts beside the batch that was in flight")
        _finish("nothing changed", _start(corpus, index))
        first = corpus / "article-00000.md"
        first.write_text(first.read_text(encoding="utf-8") + "\nOne more sentence about the hip.\n", encoding="utf-8")
        _finish("one changed", _start(corpus, index))
        measure_questions(index)


def measure_questions(index: Path) -> None:
    """Search and whole answers over a large index, each question new: the encoder is the real one."""
    from benchmarks.speed import QUESTIONS, percentiles, timed
    from bot.chain import Bot
    from bot.search import search
    from settings import load_settings

    bot = Bot.open(load_settings().model_copy(update={"index": index}))
    bot.warm_up()
    words = ["please", "mate", "then", "exactly", "doctor says", "at my age", "in winter", "on trails"]
    asked = [f"{question} {word}" for question in QUESTIONS for word in words]
    with bot.library.generation() as generation:
        search(generation, bot.encoder, "hip", 12)
        embedding = [timed(lambda q=question: bot.encoder.embed([q]), 1)[0] for question in asked]
        searching = [timed(lambda q=question: search(generation, bot.encoder, q, 12), 1)[0] for question in asked]
        vectors = bot.encoder.embed(asked)
        dense = [timed(lambda v=vector: generation.dense(v, 400), 1)[0] for vector in vectors]
    bot.reply(["how do I warm up"])
    answering = [timed(lambda q=question: bot.reply([q]), 1)[0] for question in asked]
    print(f"embedding a question alone      {percentiles(embedding)}")
    print(f"  Chroma alone                  {percentiles(dense)}")
    print(f"  search, the embedding in it   {percentiles(searching)}")
    print(f"question to complete answer     {percentiles(answering)}  (budget: p95 under 150 ms)", flush=True)


if __name__ == "__main__":
    ingest_here(Path(sys.argv[1]), Path(sys.argv[2]))
