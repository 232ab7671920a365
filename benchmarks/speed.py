"""How fast and how large Hipwise is on this machine, beside its budgets.

python -m benchmarks.speed [--skip-ingest]

Measures a warm question beside the embedding of the question alone, the guardrails on ten turns, 20 runners at once, the
start of the app, its resident memory, an ingestion with nothing changed of 1,000 articles, one changed article of them,
and a full ingestion beside a plain LangChain pipeline on the same files (`pip install -e '.[bench]'`).
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from bot.chain import Bot
from bot.matcher import open_matcher
from guardrails import Guardrails
from ingest.encoder import Encoder
from settings import PROJECT, load_settings

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
    loads = [float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(5)]
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


def ingest(corpus: Path, index: Path) -> tuple[float, dict[str, object]]:
    """Seconds and report of one `python -m ingest` as a process of its own."""
    import json

    command = [sys.executable, "-m", "ingest", "--corpus", str(corpus), "--index", str(index), "--json"]
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=PROJECT)
    return time.monotonic() - started, json.loads(done.stdout)


def write_articles(folder: Path, count: int) -> None:
    """`count` different articles, made from the corpus by numbering its sentences."""
    folder.mkdir()
    sources = sorted((PROJECT / "corpus").glob("*.md"))
    for number in range(count):
        text = sources[number % len(sources)].read_text(encoding="utf-8")
        start = 4000 * (number % 3)
        body = text[text.index("\n## ") :][start : start + 2500]
        body = re.sub(r"\. ", f" (case {number}). ", body, count=6)
        (folder / f"article-{number:04}.md").write_text(
            f"---\ntitle: Article {number}\n---\n\n{body}\n", encoding="utf-8"
        )


def measure_ingest() -> None:
    """1,000 articles: full, nothing changed, one changed; and 60 articles beside a plain pipeline."""
    with tempfile.TemporaryDirectory() as work:
        corpus, index = Path(work) / "corpus", Path(work) / "index"
        write_articles(corpus, 1000)
        seconds, report = ingest(corpus, index)
        print(f"1,000 articles, full            {seconds:.0f} s, {report['chunks']} chunks")
        seconds, _ = ingest(corpus, index)
        print(f"1,000 articles, nothing changed {seconds:.2f} s  (budget: 2 s)")
        first = corpus / "article-0000.md"
        first.write_text(first.read_text(encoding="utf-8") + "\nOne more sentence about the hip.\n", encoding="utf-8")
        seconds, report = ingest(corpus, index)
        print(f"1,000 articles, one changed     {seconds:.2f} s, {report['embedded']} embedded  (budget: 7 s)")
        small = Path(work) / "small"
        write_articles(small, 150)
        measure_plain(small, Path(work))


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

    from ingest.pipeline import Ingestion

    texts = [path.read_text(encoding="utf-8") for path in sorted(corpus.glob("*.md"))]
    embeddings = HuggingFaceEmbeddings(model_name=str(Encoder().folder))
    embeddings.embed_query("warm")
    encoder = Encoder(fast=True)
    encoder.embed(["warm"])
    started = time.monotonic()
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    documents = splitter.split_documents([Document(page_content=text) for text in texts])
    Chroma.from_documents(documents, embeddings, persist_directory=str(work / "plain"))
    plain = time.monotonic() - started
    started = time.monotonic()
    report = Ingestion(corpus, work / "own", encoder=encoder).run()
    own = time.monotonic() - started
    characters = sum(map(len, texts))
    print(
        f"plain pipeline                  {plain:.1f} s, {len(documents)} chunks, {len(documents) / plain:.0f} chunks/s"
    )
    print(f"ours, sentences embedded too    {own:.1f} s, {report.chunks} chunks, {report.chunks / own:.0f} chunks/s")
    print(f"  characters a second           {characters / plain:,.0f} and {characters / own:,.0f}: {plain / own:.2f} x")
    print("  (budget: 1.5 x)")


def main() -> None:
    """Run the measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skip-ingest", action="store_true", help="leave out the ingestions, which take minutes")
    arguments = parser.parse_args()
    measure_answers()
    measure_app()
    if not arguments.skip_ingest:
        measure_ingest()


if __name__ == "__main__":
    main()
