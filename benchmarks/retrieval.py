"""How well the search ranks: nDCG@10 on public sets, the project's own search beside its single legs.

python -m benchmarks.retrieval [--data DIR] [--set beir_nfcorpus|medquad_msk] [--limit N]

The documents of a set are written as Markdown articles, ingested by the project's own pipeline, and searched by its own
`bot.search`; nothing is tuned for the set. Without the data folder it says so and stops.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import math
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import bot.search
from ingest.encoder import Encoder
from ingest.generation import Generation, open_current
from ingest.pipeline import Ingestion

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
DEPTH = 10


def ndcg(ranked: list[str], relevant: dict[str, int]) -> float:
    """NDCG at 10 with the gains of the judgements, as BEIR reports it (trec_eval's formula)."""
    gains = [relevant.get(name, 0) for name in ranked[:DEPTH]]
    best = sorted(relevant.values(), reverse=True)[:DEPTH]

    def total(values: Iterable[int]) -> float:
        return sum(value / math.log2(place + 2) for place, value in enumerate(values))

    return total(gains) / total(best) if best else 0.0


def write_corpus(source: Path, folder: Path) -> None:
    """Write each document as an article, its title as a heading line."""
    with gzip.open(source / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            title = " ".join(str(record.get("title") or "").split())
            text = "\n".join(part for part in (f"# {title}\n" if title else "", str(record["text"])) if part)
            (folder / f"{record['_id']}.md").write_text(text, encoding="utf-8")


def read_judgements(source: Path) -> dict[str, dict[str, int]]:
    """Judgements by query."""
    judged: dict[str, dict[str, int]] = {}
    with (source / "qrels" / "test.tsv").open(encoding="utf-8") as file:
        for query, document, gain in list(csv.reader(file, delimiter="\t"))[1:]:
            judged.setdefault(query, {})[document] = int(gain)
    return judged


def articles(found: bot.search.Search) -> list[str]:
    """The articles of a search, best first, each once."""
    return list(dict.fromkeys(passage.chunk.article for passage in found.passages))


def evaluate(source: Path, limit: int | None) -> None:
    """Print nDCG@10 of the fused search and of each leg alone."""
    queries = {}
    for line in (source / "queries.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        queries[record["_id"]] = record["text"]
    judged = dict(list(read_judgements(source).items())[:limit])
    with tempfile.TemporaryDirectory() as work:
        corpus, index = Path(work) / "corpus", Path(work) / "index"
        corpus.mkdir()
        write_corpus(source, corpus)
        started = time.monotonic()
        report = Ingestion(corpus, index).run()
        print(f"{source.name}: {report.chunks} chunks, ingested in {time.monotonic() - started:.0f} s", flush=True)
        generation, encoder = open_current(index), Encoder()
        try:
            for name, dense in (
                ("fused", None),
                ("dense alone", 1.0),
                ("BM25 alone", 0.0),
                ("0.3/0.7", 0.3),
                ("0.5/0.5", 0.5),
            ):
                score, seconds = run(judged, queries, searcher(generation, encoder, dense))
                print(
                    f"  {name:12} nDCG@10 {score:.4f}  ({seconds * 1000:.1f} ms a query, {len(judged)} queries)",
                    flush=True,
                )
        finally:
            generation.close()


def searcher(generation: Generation, encoder: Encoder, dense: float | None) -> Callable[[str], bot.search.Search]:
    """The project's search, with another weight of the dense leg where one is given."""

    def find(text: str) -> bot.search.Search:
        before = bot.search.DENSE_WEIGHT, bot.search.LEXICAL_WEIGHT
        if dense is not None:
            bot.search.DENSE_WEIGHT, bot.search.LEXICAL_WEIGHT = dense, 1 - dense
        try:
            return bot.search.search(generation, encoder, text, DEPTH)
        finally:
            bot.search.DENSE_WEIGHT, bot.search.LEXICAL_WEIGHT = before

    return find


def run(
    judged: dict[str, dict[str, int]], queries: dict[str, str], find: Callable[[str], bot.search.Search]
) -> tuple[float, float]:
    """Mean nDCG@10 and mean seconds a query."""
    started = time.monotonic()
    scores = [ndcg(articles(find(queries[query])), relevant) for query, relevant in judged.items()]
    return sum(scores) / len(scores), (time.monotonic() - started) / len(scores)


def main() -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED, help="folder of the public sets")
    parser.add_argument("--set", dest="name", default="beir_nfcorpus", choices=["beir_nfcorpus", "medquad_msk"])
    parser.add_argument("--limit", type=int, default=None, help="only the first N queries")
    arguments = parser.parse_args()
    source = arguments.data / arguments.name
    if not source.is_dir():
        raise SystemExit(f"No public data at {source}; nothing was measured.")
    evaluate(source, arguments.limit)


if __name__ == "__main__":
    main()
