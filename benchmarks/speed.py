"""How fast and how large Hipwise is on this machine, beside its budgets.

python -m benchmarks.speed [--skip-ingest]
python -m benchmarks.speed ingest [--sample 60]
python -m benchmarks.speed scale [--chunks 100000]

Measures a warm question beside the embedding of the question alone, the guardrails on ten turns, 20 runners at once, the
start of the app, its resident memory; of 1,000 synthetic articles an ingestion with nothing changed and with one changed; and
a full ingestion of a sample of them beside a plain LangChain pipeline on the same files (`pip install -e '.[bench]'`).
`ingest` measures the ingestions alone; `scale` is in benchmarks/scale.py.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from benchmarks.scale import measure_scale
from benchmarks.synthetic import HashEncoder, write_articles
from bot.chain import Bot
from bot.matcher import open_matcher
from guardrails import Guardrails
from ingest.encoder import MAX_TOKENS, Encoder, Vectors, has_bfloat16
from ingest.pipeline import Ingestion
from settings import PROJECT, load_settings

if TYPE_CHECKING:
    from langchain_core.documents import Document

QUESTIONS = [
    "How long does runner's hip take to heal?",
    "Which exercises strengthen the hips?",
    "What does pain on the outside of the hip mean?",
    "when should i replace my trainers",
    "how do I do a glute bridge",
    "What is a labral tear?",
    "is ice or heat better for a sore hip",
    "Why do rest days matter?",
]
TURNS = [
    "hi, my outer hip is a bit sore after long runs",
    "it started about four days ago",
    "no fever, no numbness or anything like that",
    "it was worse on Tuesday than today",
    "my physio told me years ago that my glutes are weak",
    "would a foam roller help?",
    "I am training for a half marathon in three weeks",
    "the pain is about 2/10 and goes when I stop",
    "I can walk fine, no limp",
    "so which stretches are good?",
]

HUGE = ("hip pain and no fever but ", "I can not stand. ", "a ", "(((", "\n", "my groin hurts\n", "no no never not ")


def percentiles(seconds: list[float]) -> str:
    """Median and 95th percentile in milliseconds."""
    ordered = sorted(seconds)
    return f"p50 {statistics.median(ordered) * 1000:.1f} ms, p95 {ordered[int(len(ordered) * 0.95)] * 1000:.1f} ms"


def timed(action: Callable[[], object], times: int) -> list[float]:
    """Seconds of each of a number of runs."""
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - started)
    return seconds


def measure_answers() -> None:
    """A warm question, the embedding alone, 20 at once, the guardrails."""
    bot = Bot.open(load_settings())
    bot.warm_up()
    embedding = [second for question in QUESTIONS for second in timed(lambda q=question: bot.encoder.embed([q]), 25)]
    answering = [second for question in QUESTIONS for second in timed(lambda q=question: bot.reply([q]), 25)]
    print(f"embedding a question alone      {percentiles(embedding)}")
    print(f"question to complete answer     {percentiles(answering)}  (budget: p95 under 3 x the embedding)")
    words = ["please", "mate", "then", "exactly", "doctor says", "at my age", "in winter", "on trails"]
    new = [f"{question} {word}" for question in QUESTIONS for word in words]
    unseen = [timed(lambda q=question: bot.reply([q]), 1)[0] for question in new]
    print(f"  nothing of it seen before     {percentiles(unseen)}")
    replies = [(question, bot.reply([question])) for question in QUESTIONS]
    offering = [timed(lambda q=q, r=reply: bot.suggestions([q], r), 1)[0] for q, reply in replies for _ in range(5)]
    print(f"what to ask next, after it      {percentiles(offering)}")
    with ThreadPoolExecutor(20) as pool:
        crowd = list(pool.map(lambda number: bot.reply([QUESTIONS[number % len(QUESTIONS)]]), range(200)))
    print(f"20 runners at once              {percentiles([reply.seconds for reply in crowd])}  (budget: p95 under 2 s)")
    measure_guardrails("rules", Guardrails.load(), "10 ms")
    measure_guardrails("with matcher", Guardrails.load(matcher=open_matcher()), "60 ms")
    code = (
        "import time; t = time.perf_counter(); from guardrails import Guardrails; Guardrails.load(); "
        "print(time.perf_counter() - t)"
    )
    command = [sys.executable, "-c", code]
    # Byte code is kept, as it is wherever nobody forbids it: without it Python compiles the package at each start (50 ms more).
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    loads = [
        float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
        for _ in range(7)
    ]
    print(f"guardrails, import and load     {statistics.median(loads) * 1000:.0f} ms  (budget: 100 ms)")


def measure_guardrails(name: str, guardrails: Guardrails, budget: str) -> None:
    """A conversation of ten turns: its last turn new, and all of it new; and messages of 100,000 characters."""
    guardrails.assess(TURNS)
    turns = [[*TURNS[:-1], f"{TURNS[-1]} {number}"] for number in range(200)]
    following = [timed(lambda t=conversation: guardrails.assess(t), 1)[0] for conversation in turns]
    print(f"guardrails, {name}, next of 10 turns  {percentiles(following)}")
    fresh = []
    for number in range(50):
        conversation = [f"{turn} ({number})" for turn in TURNS]
        fresh += timed(lambda t=conversation: guardrails.assess(t), 1)
    print(f"guardrails, {name}, 10 turns unseen  {percentiles(fresh)}  (budget: p95 under {budget})")
    messages = [part * (100_000 // len(part)) for part in HUGE]
    longest = max(timed(lambda m=message: guardrails.assess([m]), 1)[0] for message in messages)
    print(f"guardrails, {name}, 100,000 characters: {longest:.2f} s at most  (budget: 1 s)")


def measure_app() -> None:
    """Start the app on a free port: when the page is there, when the first answer is, and how much memory it takes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.monotonic()
    environment = {**os.environ, "HIPWISE_PORT": str(port)}
    app = subprocess.Popen([sys.executable, str(PROJECT / "app.py")], env=environment, stdout=subprocess.DEVNULL)
    try:
        while time.monotonic() - started < 60:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1) as page:
                    page.read()
                break
            except OSError:
                time.sleep(0.1)
        visible = time.monotonic() - started
        print(f"page visible after              {visible:.1f} s  (budget: 10 s)")
        process = psutil.Process(app.pid)
        before, size = 0, 1
        while size != before:  # loading has ended when the memory stands still
            before = size
            time.sleep(2)
            size = process.memory_info().rss
        print(f"encoder loaded after at most    {time.monotonic() - started:.1f} s  (budget to first answer: 20 s)")
        print(f"resident memory of the app      {size / 2**20:.0f} MiB  (budget: 1,200 MiB)")
    finally:
        app.terminate()
        app.wait(20)


def ingest(corpus: Path, index: Path, *options: str) -> tuple[float, dict[str, object]]:
    """Seconds and report of one `python -m ingest` as a process of its own."""
    command = [sys.executable, "-m", "ingest", "--corpus", str(corpus), "--index", str(index), "--json", *options]
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=PROJECT)
    return time.monotonic() - started, json.loads(done.stdout)


def measure_ingest(sample: int) -> None:
    """1,000 articles with nothing and with one changed; and a full ingestion of a sample beside a plain pipeline.

    The index of the 1,000 is made with vectors that cost nothing: embedding them all takes half an hour on two cores without
    bfloat16. What is measured afterwards is the command as an editor runs it, the encoder included.
    """
    with tempfile.TemporaryDirectory() as work:
        corpus, index = Path(work) / "corpus", Path(work) / "index"
        write_articles(corpus, 1000)
        report = Ingestion(corpus, index, encoder=HashEncoder()).run()
        print(f"1,000 articles, {report.chunks} chunks, without the embedding {report.seconds:.0f} s")
        nothing, _ = ingest(corpus, index)
        dry, _ = ingest(corpus, index, "--dry-run")
        print(f"1,000 articles, nothing changed {nothing:.2f} s, dry run {dry:.2f} s  (budget: 2 s)")
        first = corpus / "article-00000.md"
        text = first.read_text(encoding="utf-8")
        first.write_text(text.replace("\nsummary: ", "\nsummary: Another "), encoding="utf-8")
        seconds, changed = ingest(corpus, index)
        print(f"1,000 articles, a summary       {seconds - nothing:.2f} s more, {changed['embedded']} chunks embedded")
        first.write_text(f"{text}\nOne more sentence about the hip.\n", encoding="utf-8")
        seconds, changed = ingest(corpus, index)
        loading = loading_seconds()
        print(
            f"1,000 articles, one changed     {seconds - nothing:.2f} s more, {changed['embedded']} chunks embedded; loading the "
            f"encoder alone takes {loading:.2f} s  (budget: 5 s more)"
        )
        small = Path(work) / "small"
        write_articles(small, sample)
        measure_plain(small, Path(work))


def loading_seconds() -> float:
    """Seconds in which a fresh process has loaded the encoder."""
    started = time.monotonic()
    code = "from ingest.encoder import Encoder; Encoder(fast=True).load()"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)
    return time.monotonic() - started


def measure_plain(corpus: Path, work: Path) -> None:
    """A full ingestion beside a plain LangChain pipeline, both from a loaded encoder on, in this process."""
    try:
        from langchain_chroma import Chroma
        from langchain_huggingface import HuggingFaceEmbeddings
        from langchain_text_splitters import RecursiveCharacterTextSplitter
    except ImportError:
        print("plain pipeline                  not measured: pip install -e '.[bench]'")
        return
    from langchain_core.documents import Document

    texts = [path.read_text(encoding="utf-8") for path in sorted(corpus.glob("*.md"))]
    characters = sum(map(len, texts))
    embeddings = HuggingFaceEmbeddings(model_name=str(Encoder().folder))
    embeddings.embed_query("warm")
    encoder = CountingEncoder(fast=True)
    encoder.embed(["warm"])
    started = time.monotonic()
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    documents = splitter.split_documents([Document(page_content=text) for text in texts])
    Chroma.from_documents(documents, embeddings, persist_directory=str(work / "plain"))
    plain = time.monotonic() - started
    cut = sum(count > MAX_TOKENS for count in encoder.count_tokens([document.page_content for document in documents]))
    started = time.monotonic()
    report = Ingestion(corpus, work / "own", encoder=encoder).run()
    own = time.monotonic() - started
    rate, own_rate = len(documents) / plain, report.chunks / own
    print(f"{len(texts)} articles, full              in bfloat16: {'yes' if has_bfloat16() else 'no'}")
    print(
        f"  plain LangChain pipeline      {plain:.1f} s, {len(documents)} chunks ({cut} longer than the encoder reads), "
        f"{rate:.1f} chunks/s, {characters / plain:,.0f} characters/s"
    )
    print(
        f"  ours                          {own:.1f} s, {report.chunks} chunks, {own_rate:.1f} chunks/s, "
        f"{characters / own:,.0f} characters/s"
    )
    print(
        f"  ours to plain                 {own_rate / rate:.2f} x by chunks, {plain / own:.2f} x by characters of the articles  "
        "(budget: 1.5 x by chunks)"
    )
    print(
        f"  in the embedding alone        ours {encoder.pieces:,} word pieces, plain {encoder.pieces_of(documents):,}: "
        "ours embeds every sentence as well"
    )


class CountingEncoder(Encoder):
    """The real encoder, counting the word pieces it reads."""

    pieces = 0

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """As `Encoder.embed`."""
        self.pieces += sum(self.count_tokens(texts))
        return super().embed(texts, progress)

    def pieces_of(self, documents: Sequence[Document]) -> int:
        """Word pieces the encoder reads of documents."""
        return sum(min(count, MAX_TOKENS) for count in self.count_tokens([item.page_content for item in documents]))


def main() -> None:
    """Run the measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=("all", "ingest", "scale"), default="all", help="what to measure")
    parser.add_argument("--skip-ingest", action="store_true", help="leave out the ingestions, which take minutes")
    parser.add_argument("--sample", type=int, default=60, help="articles of the run beside the plain pipeline")
    parser.add_argument("--chunks", type=int, default=100_000, help="of `scale`: about how many chunks")
    arguments = parser.parse_args()
    if arguments.what == "scale":
        measure_scale(arguments.chunks)
        return
    if arguments.what == "all":
        measure_answers()
        measure_app()
    if not arguments.skip_ingest:
        measure_ingest(arguments.sample)


if __name__ == "__main__":
    main()
