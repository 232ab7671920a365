"""Ingestion: incremental, atomic, locked; the serving index survives whatever goes wrong."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest
from filelock import FileLock

import ingest.generation as ingest_generation
from ingest.chunk import CHUNKER_VERSION
from ingest.encoder import Vectors
from ingest.errors import IndexUnavailableError, IngestError
from ingest.furniture import CLEANER_VERSION
from ingest.generation import Generation, open_current
from ingest.hold import REMOVING
from ingest.library import Library
from ingest.manifest import POINTER, current_generation, generation_folder, read_manifest
from ingest.pipeline import LOCK, Ingestion, Report, list_generations, roll_back
from tests.conftest import WordEncoder

Ingest = Callable[..., Report]


def searched(index: Path, word: str) -> list[str]:
    """The articles that BM25 finds for a stem."""
    generation = open_current(index)
    try:
        scores = generation.lexical({word: 1.0})
        return [chunk.article for chunk in generation.chunks([row for row in range(len(scores)) if scores[row] > 0])]
    finally:
        generation.close()


def test_a_first_run_builds_an_index_that_serves(ingest: Ingest, index: Path, encoder: WordEncoder) -> None:
    report = ingest()
    assert (report.added, report.exit_code) == (("bridge", "ice", "shoes/replace"), 0)
    assert report.chunks == report.embedded == 4
    assert report.generation == current_generation(index)
    generation = open_current(index)
    try:
        (row,), (similarity,) = generation.dense(encoder.embed(["Bridges Why bridges help strengthen glutes"])[0], 1)
        assert generation.chunks([row])[0].section == "Why bridges help"
        assert similarity > 0.5
    finally:
        generation.close()


def test_a_second_run_does_nothing(ingest: Ingest, encoder: WordEncoder) -> None:
    first = ingest()
    encoder.embedded.clear()
    again = ingest()
    assert (again.generation, again.unchanged, again.embedded) == (first.generation, 3, 0)
    assert not encoder.embedded


def test_only_changed_text_is_embedded(ingest: Ingest, corpus: Path, encoder: WordEncoder) -> None:
    ingest()
    encoder.embedded.clear()
    file = corpus / "bridge.md"
    file.write_text(file.read_text().replace("3 sets of 12", "2 sets of 10"))
    report = ingest()
    assert (report.changed, report.unchanged, report.embedded) == (("bridge",), 2, 1)
    assert all("2 sets of 10" in text for text in encoder.embedded)


def test_a_summary_or_a_rename_embeds_nothing(ingest: Ingest, corpus: Path, encoder: WordEncoder) -> None:
    ingest()
    encoder.embedded.clear()
    file = corpus / "bridge.md"
    file.write_text(file.read_text().replace("title: Bridges", "title: Bridges\nsummary: New."))
    file.rename(corpus / "renamed.md")
    report = ingest()
    assert (report.added, report.removed, report.embedded) == (("renamed",), ("bridge",), 0)
    assert not encoder.embedded


def test_front_matter_embeds_nothing_but_a_title_which_every_passage_carries(
    ingest: Ingest, corpus: Path, encoder: WordEncoder
) -> None:
    ingest()
    encoder.embedded.clear()
    file = corpus / "bridge.md"
    text = (
        file.read_text().replace("2026-01-02", "2026-03-04").replace("Test Clinic", "Other\nsummary: New.\ntopics: [x]")
    )
    file.write_text(text)
    assert (ingest().changed, encoder.embedded) == (("bridge",), [])
    file.write_text(text.replace("title: Bridges", "title: Bridging"))
    assert ingest().embedded == 2
    assert all(part.startswith("Bridging") for part in encoder.embedded)


def test_renaming_every_article_embeds_nothing_and_needs_no_force(
    ingest: Ingest, corpus: Path, index: Path, encoder: WordEncoder
) -> None:
    ingest()
    encoder.embedded.clear()
    for name in ("bridge", "ice"):
        (corpus / f"{name}.md").rename(corpus / f"{name.title()}.md")
    report = ingest()
    assert report.renamed == (("bridge", "Bridge"), ("ice", "Ice"))
    assert (report.added, report.removed) == (("Bridge", "Ice"), ("bridge", "ice"))
    assert not encoder.embedded
    assert searched(index, "ice") == ["Ice"]


def test_a_dry_run_counts_what_would_be_embedded(ingest: Ingest, corpus: Path, index: Path) -> None:
    counting = WordEncoder()
    assert Ingestion(corpus, index, encoder=counting).preview().to_embed == len(set(all_texts(corpus, index)))
    ingest()
    (corpus / "ice.md").write_text((corpus / "ice.md").read_text() + "\nOne sentence more.\n")
    encoder = WordEncoder()
    preview = Ingestion(corpus, index, encoder=encoder).preview()
    assert not encoder.embedded
    Ingestion(corpus, index, encoder=encoder).run()
    assert preview.to_embed == len(encoder.embedded) == 2  # the passage and the sentence


def all_texts(corpus: Path, index: Path) -> list[str]:
    """Every text that a first run embeds."""
    encoder = WordEncoder()
    Ingestion(corpus, index.with_name("other"), encoder=encoder).run()
    return encoder.embedded


def test_a_large_index_is_in_shards_and_only_the_changed_ones_are_built(
    ingest: Ingest, corpus: Path, index: Path, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.build._SHARD", 4)
    for number in range(16):
        question = f'questions:\n  "T{number}":\n    - "What of w{number}?"\n'
        (corpus / f"a{number}.md").write_text(f"---\ntitle: T{number}\n{question}---\n\nWord w{number} here.\n")
    ingest()
    found_by_their_own_vectors(index, encoder)
    # Without a cache, what is embedded again shows what is built again.
    (index / "cache.sqlite").unlink()
    encoder.embedded.clear()
    (corpus / "a3.md").write_text("# New\n\nOther words.\n")
    (corpus / "a4.md").unlink()
    ingest()
    touched = {number for number in range(16) if any(f"w{number} " in text for text in encoder.embedded)}
    assert len(touched) < 10
    assert not any("w3 " in text or "w4 " in text for text in encoder.embedded)
    found_by_their_own_vectors(index, encoder)
    assert searched(index, "w4") == []


def found_by_their_own_vectors(index: Path, encoder: WordEncoder) -> None:
    """Every chunk and every listed question of the index is its own nearest one, and Chroma holds nothing else."""
    generation = open_current(index)
    try:
        chunks = generation.chunks(range(generation.manifest.chunks))
        assert len(generation.manifest.shards) > 1
        assert generation.dense_count() == len(chunks) + sum(len(chunk.questions) for chunk in chunks)
        for row, chunk in enumerate(chunks):
            for text in (chunk.embedding_text, *chunk.questions):
                rows, similarities = generation.dense(encoder.embed([text])[0], 3)
                assert similarities[0] > 0.999
                assert len(set(rows.tolist())) == len(rows)
                assert row in rows[similarities > 0.999]
    finally:
        generation.close()
    encoder.embedded.clear()


def test_a_run_stopped_while_it_embeds_is_taken_up_where_it_stopped(
    corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.pipeline._EMBED_AT_ONCE", 3)
    wanted = set(all_texts(corpus, index))

    class Stopped(WordEncoder):
        def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
            if len(self.embedded) >= 6:
                raise KeyboardInterrupt
            return super().embed(texts, progress)

    first, second = Stopped(), WordEncoder()
    with pytest.raises(KeyboardInterrupt):
        Ingestion(corpus, index, encoder=first).run()
    assert current_generation(index) is None
    Ingestion(corpus, index, encoder=second).run()
    assert len(first.embedded) == 6
    assert sorted(first.embedded + second.embedded) == sorted(wanted)


def test_an_article_spoilt_after_the_plan_was_made_keeps_its_last_good_version(
    ingest: Ingest, corpus: Path, index: Path, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest()
    monkeypatch.setattr("ingest.plan._HELD", 0)
    (corpus / "ice.md").write_text("# Ice\n\nNew text on ice.\n")
    (corpus / "bridge.md").write_text("# Bridges\n\nNew text on bridges.\n")

    class Spoiling:
        def step(self, name: str, total: int) -> None:
            if name == "Splitting":
                (corpus / "ice.md").write_bytes(b"\xff")

        def advance(self, count: int) -> None:
            pass

    report = Ingestion(corpus, index, encoder=encoder, observer=Spoiling()).run()
    assert ([error.article for error in report.failed], report.kept, report.exit_code) == (["ice"], ("ice",), 1)
    assert searched(index, "minut") == ["ice"]
    assert searched(index, "text") == ["bridge"]


def test_a_generation_that_is_read_is_not_removed(
    ingest: Ingest, corpus: Path, index: Path, encoder: WordEncoder
) -> None:
    first = ingest().generation
    library = Library(index)
    with library.generation() as generation:
        for number in range(2):
            (corpus / "ice.md").write_text(f"# Ice\n\nUse ice {number} times.\n")
            Ingestion(corpus, index, keep=1, encoder=encoder).run()
        assert [folder.name for folder in list_generations(index)] == [current_generation(index), first]
        assert generation.dense(encoder.embed(["ice"])[0], 1)[0].size
    library.close()
    (corpus / "ice.md").write_text("# Ice\n\nUse ice.\n")
    Ingestion(corpus, index, keep=1, encoder=encoder).run()
    assert [folder.name for folder in list_generations(index)] == [current_generation(index)]


def test_a_reader_that_comes_late_opens_what_serves_now(
    ingest: Ingest, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = ingest().generation
    names = iter(["20200101T000000000000Z-1a"])  # read from the pointer just before it moved, and pruned since
    monkeypatch.setattr("ingest.library.current_generation", lambda place: next(names, serving))
    library = Library(index)
    with library.generation() as generation:
        assert generation.id == serving
    library.close()


def test_leftovers_of_earlier_runs_are_removed(ingest: Ingest, corpus: Path, index: Path) -> None:
    ingest()
    for folder in (".building-1", f"{REMOVING}1"):
        (index / "generations" / folder / "chroma").mkdir(parents=True)
    for name in ("cache.damaged", ".CURRENT.12345", ".probe-1"):
        (index / name).write_text("left")
    (corpus / "ice.md").unlink()
    ingest()
    left = {path.name for path in [*index.iterdir(), *(index / "generations").iterdir()]}
    assert left == {"CURRENT", ".lock", "cache.sqlite", "generations", *(path.name for path in list_generations(index))}


def test_the_cache_drops_what_is_long_gone(ingest: Ingest, corpus: Path, index: Path, encoder: WordEncoder) -> None:
    ingest()
    with closing(sqlite3.connect(index / "cache.sqlite")) as db:
        (used,) = db.execute("SELECT count(*) FROM vectors").fetchone()
    for number in range(8):
        (corpus / "ice.md").write_text(
            f"# Ice\n\nUse ice {number} times. Then rest {number} days. Wait {number} weeks.\n"
        )
        ingest()
    with closing(sqlite3.connect(index / "cache.sqlite")) as db:
        assert db.execute("SELECT count(*) FROM vectors").fetchone()[0] <= 2 * used
    encoder.embedded.clear()
    ingest(force=True)
    assert not encoder.embedded


def test_a_cache_of_another_layout_is_emptied(ingest: Ingest, index: Path) -> None:
    ingest()
    with closing(sqlite3.connect(index / "cache.sqlite")) as db:
        db.executescript(
            "DROP TABLE vectors; PRAGMA user_version = 0;"
            "CREATE TABLE vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;"
        )
    report = ingest(force=True)
    assert report.embedded == report.chunks


def test_rollback_to_a_given_generation(ingest: Ingest, corpus: Path, index: Path) -> None:
    names = []
    for number in range(3):
        (corpus / "ice.md").write_text(f"# Ice\n\nUse ice {number} times.\n")
        names.append(ingest().generation)
    assert roll_back(index, names[0]) == (names[2], names[0])
    assert roll_back(index, names[2]) == (names[0], names[2])
    for wrong in ("nothing", "../x", names[2]):
        with pytest.raises(IngestError, match="Nothing was changed"):
            roll_back(index, wrong)
    (generation_folder(index, names[1]) / "parts.npy").unlink()
    with pytest.raises(IngestError, match="no whole generation"):
        roll_back(index, names[1])
    assert current_generation(index) == names[2]


def test_the_manifest_names_the_version_that_built_it(ingest: Ingest, index: Path) -> None:
    manifest = read_manifest(generation_folder(index, str(ingest().generation)))
    assert manifest.hipwise_version == version("hipwise")
    assert manifest.cleaner_version == CLEANER_VERSION


def test_a_removed_article_is_gone(ingest: Ingest, corpus: Path, index: Path) -> None:
    ingest()
    assert searched(index, "ice") == ["ice"]
    (corpus / "ice.md").unlink()
    assert ingest().removed == ("ice",)
    assert searched(index, "ice") == []


def test_a_rejected_article_keeps_its_last_good_version(ingest: Ingest, corpus: Path, index: Path) -> None:
    ingest()
    (corpus / "ice.md").write_bytes(b"\xff\xfe broken")
    (corpus / "bridge.md").write_text("# Bridges\n\nNew text about bridges.\n")
    report = ingest()
    assert report.exit_code == 1
    assert [error.article for error in report.failed] == ["ice"]
    assert (report.kept, report.changed) == (("ice",), ("bridge",))
    assert searched(index, "ice") == ["ice"]
    assert ingest().exit_code == 1


def test_nothing_usable_at_all_is_no_index(tmp_path: Path, index: Path, encoder: WordEncoder) -> None:
    corpus = tmp_path / "bad"
    corpus.mkdir()
    (corpus / "a.md").write_bytes(b"")
    report = Ingestion(corpus, index, encoder=encoder).run()
    assert (report.generation, report.exit_code) == (None, 1)


def test_a_dry_run_writes_nothing(corpus: Path, index: Path, encoder: WordEncoder) -> None:
    report = Ingestion(corpus, index, encoder=encoder).preview()
    assert report.added == ("bridge", "ice", "shoes/replace")
    assert (report.dry_run, report.generation) == (True, None)
    assert not index.exists()
    assert not encoder.embedded


def test_removing_more_than_half_needs_force(ingest: Ingest, corpus: Path, index: Path) -> None:
    before = ingest().generation
    (corpus / "ice.md").unlink()
    (corpus / "bridge.md").unlink()
    with pytest.raises(IngestError, match="--force"):
        ingest()
    assert current_generation(index) == before
    assert ingest(force=True).removed == ("bridge", "ice")


def test_two_editors_are_kept_apart(ingest: Ingest, index: Path) -> None:
    index.mkdir()
    with FileLock(index / LOCK), pytest.raises(IngestError, match="Another ingestion"):
        ingest()


@pytest.mark.parametrize("place", ["index", "index/generations"])
def test_an_index_folder_that_cannot_be_written_says_so(ingest: Ingest, tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("a file in the way")
    with pytest.raises(IngestError, match="cannot be written"):
        ingest()


def test_an_index_inside_the_corpus_is_refused(corpus: Path, encoder: WordEncoder) -> None:
    with pytest.raises(IngestError, match="must lie apart"):
        Ingestion(corpus, corpus / "index", encoder=encoder).run()


def test_a_full_disk_leaves_the_old_index(
    ingest: Ingest, corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ingest().generation
    (corpus / "new.md").write_text("# New\n\nNew text.\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("ingest.pipeline.write_store", full)
        with pytest.raises(IngestError, match="No space left"):
            ingest()
    assert current_generation(index) == before
    assert [folder.name for folder in list_generations(index)] == [before]
    assert ingest().added == ("new",)


def test_only_so_many_generations_are_kept(ingest: Ingest, corpus: Path, index: Path) -> None:
    for number in range(5):
        (corpus / "ice.md").write_text(f"# Ice\n\nUse ice {number} times.\n")
        ingest()
    assert len(list_generations(index)) == 3
    assert list_generations(index)[0].name == current_generation(index)


def test_rollback_serves_the_generation_before(ingest: Ingest, corpus: Path, index: Path) -> None:
    first = ingest().generation
    (corpus / "ice.md").unlink()
    second = ingest().generation
    assert roll_back(index) == (second, first)
    assert searched(index, "ice") == ["ice"]
    with pytest.raises(IngestError, match="no generation before"):
        roll_back(index)
    assert ingest().removed == ("ice",)


@pytest.mark.parametrize("part", ["store.sqlite", "manifest.json", "parts.npy", "chroma/chroma.sqlite3"])
def test_a_damaged_generation_is_mended_by_the_next_run(ingest: Ingest, index: Path, part: str) -> None:
    damaged = ingest().generation
    (generation_folder(index, damaged) / part).unlink()
    report = ingest()
    assert report.generation != damaged
    assert "damaged" in str(report.rebuild)
    open_current(index).close()


@pytest.mark.parametrize(
    ("part", "how"),
    [
        ("store.sqlite", "cut"),
        ("store.sqlite", "noise"),
        ("manifest.json", "cut"),
        ("manifest.json", "noise"),
        ("parts.npy", "cut"),
        ("chroma/chroma.sqlite3", "cut"),
        ("chroma/chroma.sqlite3", "noise"),
    ],
)
def test_a_generation_damaged_inside_is_mended_by_the_next_run(
    ingest: Ingest, index: Path, corpus: Path, part: str, how: str
) -> None:
    damaged = ingest().generation
    file = generation_folder(index, damaged) / part
    whole = file.read_bytes()
    noise = hashlib.sha256(b"noise").digest() * (len(whole) // 64)
    file.write_bytes(whole[: len(whole) // 2] if how == "cut" else noise + whole[len(noise) :])
    (corpus / "bridge.md").write_bytes(
        b"\xff"
    )  # its last good version cannot be read any more: it is named, and left out
    report = ingest()
    assert report.generation != damaged
    assert [error.article for error in report.failed] == ["bridge"]
    open_current(index).close()
    assert searched(index, "ice") == ["ice"]


def test_a_lost_pointer_target_is_mended_by_the_next_run(ingest: Ingest, index: Path) -> None:
    ingest()
    (index / POINTER).write_text("../../etc")
    with pytest.raises(IndexUnavailableError, match="python -m ingest"):
        open_current(index)
    assert ingest().rebuild
    open_current(index).close()


def test_an_index_of_another_version_is_refused_with_the_remedy_and_rebuilt(
    ingest: Ingest, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest()
    monkeypatch.setattr("ingest.manifest.CHUNKER_VERSION", 99)
    with pytest.raises(IndexUnavailableError, match="python -m ingest"):
        open_current(index)
    said = str(Ingestion(index.parent / "corpus", index).preview().rebuild)
    assert f"the splitter changed from version {CHUNKER_VERSION} to version 99" in said
    assert "reused" in said


def test_a_damaged_cache_is_set_aside(ingest: Ingest, corpus: Path, index: Path) -> None:
    ingest()
    for file in index.glob("cache.sqlite*"):
        file.write_bytes(b"not a database at all, sorry" * 100)
    (corpus / "ice.md").write_text("# Ice\n\nOther text.\n")
    assert ingest().changed == ("ice",)
    assert (index / "cache.damaged").exists()
    with sqlite3.connect(index / "cache.sqlite") as db:
        assert db.execute("SELECT count(*) FROM vectors").fetchone()[0] > 0


def test_a_cache_damaged_in_its_middle_is_set_aside(ingest: Ingest, corpus: Path, index: Path) -> None:
    ingest()
    file = index / "cache.sqlite"
    data = bytearray(file.read_bytes())
    data[4096:] = hashlib.sha256(b"noise").digest() * ((len(data) - 4096) // 32)
    file.write_bytes(data)
    (corpus / "ice.md").write_text("# Ice\n\nOther text.\n")
    assert ingest().changed == ("ice",)


def test_a_full_disk_told_by_sqlite_is_told_as_one(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("ingest.cache.EmbeddingCache.put", full)
    with pytest.raises(IngestError, match="Make room"):
        ingest()


def test_an_index_is_read_where_nothing_may_be_written(
    ingest: Ingest, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = ingest().generation
    folder = generation_folder(index, name)
    real = ingest_generation.chroma_client

    def readonly(place: Path) -> object:
        if place == folder / ingest_generation.CHROMA:
            raise RuntimeError("attempt to write a readonly database")
        return real(place)

    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(copies))
    monkeypatch.setattr(ingest_generation, "chroma_client", readonly)
    generation = Generation.open(folder)
    assert generation.dense_count() == 4
    assert list(copies.iterdir())
    generation.close()
    assert not list(copies.iterdir())


def test_rollback_goes_to_what_served_before_not_to_what_was_rejected(
    ingest: Ingest, corpus: Path, index: Path
) -> None:
    names = []
    for number in range(3):
        (corpus / "ice.md").write_text(f"# Ice\n\nUse ice {number} times.\n")
        names.append(ingest().generation)
    roll_back(index)
    assert roll_back(index)[1] == names[0]
    (corpus / "ice.md").write_text("# Ice\n\nUse ice once more.\n")
    ingest()
    assert roll_back(index)[1] == names[0]


def test_when_no_article_can_be_read_nothing_changes(ingest: Ingest, corpus: Path, index: Path) -> None:
    before = ingest().generation
    for file in corpus.rglob("*.md"):
        file.unlink()
    (corpus / "bad.md").write_bytes(b"\xff")
    with pytest.raises(IngestError, match="bad"):
        ingest(force=True)
    assert current_generation(index) == before


def test_a_reader_follows_the_pointer_and_finishes_on_the_generation_it_began_with(
    ingest: Ingest, corpus: Path, index: Path
) -> None:
    ingest()
    library = Library(index)
    with library.generation() as before:
        (corpus / "ice.md").unlink()
        ingest()
        with library.generation() as after:
            assert after.id != before.id
            assert after.article("ice") is None
        assert before.article("ice") is not None
        assert len(before.lexical({"ice": 1.0})) == 4
    library.close()


def test_a_new_generation_that_cannot_be_opened_does_not_stop_the_app(
    ingest: Ingest, corpus: Path, index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = ingest().generation
    library = Library(index)
    with library.generation():
        pass
    (corpus / "ice.md").unlink()
    second = ingest().generation
    (generation_folder(index, second) / "store.sqlite").unlink()
    with library.generation() as generation:
        assert generation.id == first
    assert "goes on serving" in caplog.text
    library.close()


def test_similar_vectors_are_asserted_to_be_cosine(ingest: Ingest, index: Path) -> None:
    from ingest.generation import COLLECTION, chroma_client, shard_folder

    name = ingest().generation
    folder = generation_folder(index, name)
    client = chroma_client(shard_folder(folder, 0))
    client.delete_collection(COLLECTION)
    client.create_collection(COLLECTION, embedding_function=None, configuration={"hnsw": {"space": "l2"}})
    client.close()
    with pytest.raises(IndexUnavailableError, match="not cosine"):
        Generation.open(folder)
