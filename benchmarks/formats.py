"""What becomes of files as editors have them: `python -m benchmarks.formats [FOLDER ...] [--show FILE]`.

Without a folder it reads the source texts in `../shared/seeds` and the public files in `../shared/data/messy`. Prints a table:
each file with its title, its blocks and passages and what was left out of it, or why it is rejected. `--show` prints one file as
it is split, sentence by sentence with its kind, for reading.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.article import ArticleFile, list_article_files
from ingest.blocks import article_blocks, left_out
from ingest.chunk import split_article
from ingest.encoder import MAX_TOKENS, Encoder
from ingest.errors import ArticleError
from ingest.plan import read_with_text
from settings import load_settings

SHARED = Path(__file__).resolve().parents[2] / "shared"
FOLDERS = (SHARED / "seeds", SHARED / "data" / "messy")


@dataclass(frozen=True)
class Outcome:
    """What became of a file.

    Attributes:
        path: under its folder.
        text: one line for the table.
        seconds: how long it took.

    """

    path: str
    text: str
    seconds: float


def outcomes(folder: Path, max_bytes: int, encoder: Encoder) -> Iterator[Outcome]:
    """The outcome of every file of a folder, in order of the paths; two files with one id are also read each by itself."""
    files, errors = list_article_files(folder)
    for error in errors:
        yield Outcome(error.article, f"rejected: {error}", 0.0)
    alike = {error.article for error in errors if "same id" in error.what}
    files += [
        ArticleFile(f"{path.stem} ({path.suffix})", path.relative_to(folder).as_posix(), path)
        for path in sorted(folder.rglob("*"))
        if path.relative_to(folder).with_suffix("").as_posix() in alike
    ]
    for file in sorted(files, key=lambda file: file.path):
        started = time.perf_counter()
        text = outcome(file, max_bytes, encoder)
        yield Outcome(file.path, text, time.perf_counter() - started)


def outcome(file: ArticleFile, max_bytes: int, encoder: Encoder) -> str:
    """One line on a file: what was read of it, or why it was rejected."""
    try:
        article = read_with_text(file, max_bytes)
    except ArticleError as error:
        return f"rejected: {error}"
    chunks = split_article(article, encoder.count_tokens, MAX_TOKENS)
    promotion = sum(sentence.kind == "promotion" for chunk in chunks for sentence in chunk.sentences)
    dropped = left_out(article)
    parts = [f"“{article.title}”", f"{len(article_blocks(article))} blocks, {len(chunks)} passages"]
    parts += [f"{promotion} sentences sell or give a contact"] if promotion else []
    parts += ["left out: " + " · ".join(piece[:40] for piece in dropped)] if dropped else []
    return "; ".join(parts)


def show(file: ArticleFile, max_bytes: int, encoder: Encoder) -> None:
    """Print a file as it is split."""
    article = read_with_text(file, max_bytes)
    for chunk in split_article(article, encoder.count_tokens, MAX_TOKENS):
        print(f"\n## {' > '.join(chunk.headings) or chunk.title}")
        for sentence in chunk.sentences:
            print(f"  {sentence.kind:9} {sentence.text}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.formats", description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="folders of articles")
    parser.add_argument("--show", metavar="FILE", help="print this file, a path under its folder, as it is split")
    arguments = parser.parse_args()
    max_bytes = load_settings().max_article_kb * 1024
    encoder = Encoder()
    for folder in arguments.folders or FOLDERS:
        if not folder.is_dir():
            print(f"There is no folder {folder}; skipped.")
            continue
        if arguments.show:
            for file in list_article_files(folder)[0]:
                if file.path == arguments.show:
                    show(file, max_bytes, encoder)
            continue
        print(f"\n{folder.name}\n\n| file | seconds | outcome |\n| --- | --- | --- |")
        for found in outcomes(folder, max_bytes, encoder):
            print(f"| {found.path} | {found.seconds:.1f} | {found.text.replace('|', chr(92) + '|')} |")


if __name__ == "__main__":
    main()
