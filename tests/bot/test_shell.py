"""The frame of the pages: headers that let nothing run, addresses that change with the files, and what can be installed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from bot.chain import Bot
from bot.web.chat import Chat
from bot.web.serve import build_app
from bot.web.shell import STATIC, script_json, static
from guardrails import Guardrails
from ingest.library import Library
from ingest.pipeline import Report
from settings import Settings
from tests.conftest import WordEncoder


@pytest.fixture
def client(ingest: Callable[..., Report], corpus: Path, index: Path, encoder: WordEncoder) -> Iterator[TestClient]:
    ingest()
    library = Library(index)
    settings = Settings(corpus=corpus, index=index, region="uk")
    chat = Chat(Bot(library, Guardrails.load(region="uk"), encoder), settings)
    with TestClient(build_app(chat, settings)) as client:
        yield client
    library.close()


@pytest.mark.parametrize(
    "path", ["/", "/offline", "/articles", "/manifest.webmanifest", "/state", "/nowhere", "/editors/x", "/apiary"]
)
def test_nothing_but_our_own_files_may_run_or_load_on_any_page(client: TestClient, path: str) -> None:
    policy = client.get(path).headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_a_page_that_is_not_there_is_said_plainly(client: TestClient) -> None:
    answer = client.get("/nowhere", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert 'href="/"' in answer.text
    assert "tel:999" in answer.text


def test_the_emergency_line_is_on_every_page_before_any_script_runs(client: TestClient) -> None:
    for path in ("/", "/offline", "/articles"):
        assert 'href="tel:999"' in client.get(path).text


def test_files_have_addresses_that_change_with_them_and_are_kept_for_good(client: TestClient) -> None:
    page = client.get("/").text
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["cache-control"]
    assert client.get("/static/000000000000/css/base.css").status_code == 404


def test_the_page_can_be_put_on_a_screen(client: TestClient) -> None:
    manifest = client.get("/manifest.webmanifest").json()
    assert manifest["display"] == "standalone"
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        assert client.get(icon["src"]).headers["content-type"] == "image/png"
    worker = client.get("/service-worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert static("css/base.css").rsplit("/", 2)[0] in worker.text


def test_the_page_for_no_network_is_fetched_anew_when_the_number_to_call_changes(
    ingest: Callable[..., Report], corpus: Path, index: Path, encoder: WordEncoder
) -> None:
    ingest()
    workers = []
    for region in ("uk", "us"):
        library = Library(index)
        settings = Settings(corpus=corpus, index=index, region=region)
        chat = Chat(Bot(library, Guardrails.load(region=region), encoder), settings)
        with TestClient(build_app(chat, settings)) as client:
            workers.append(client.get("/service-worker.js").text)
        library.close()
    assert workers[0] != workers[1]
    assert "@" not in workers[0]


def test_the_state_names_the_edition_that_answers(client: TestClient, index: Path) -> None:
    edition = client.get("/state").json()["edition"]
    assert edition
    assert (index / "generations" / edition).is_dir()


def test_json_in_a_page_cannot_end_its_script() -> None:
    text = "</script><!-- \u2028 &amp; "
    html = script_json({"text": text})
    assert not set("<>&\u2028") & set(html)
    assert json.loads(html) == {"text": text}


def test_what_fails_is_said_plainly_and_shows_no_code(client: TestClient) -> None:
    def fail() -> None:
        raise RuntimeError("secret detail")

    client.app.router.routes.insert(0, APIRoute("/fails", fail))
    answer = TestClient(client.app, raise_server_exceptions=False).get("/fails")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "tel:999" in answer.text


def test_the_address_of_the_functions_leads_to_the_page(client: TestClient) -> None:
    assert client.get("/api/", follow_redirects=False).headers["location"] == "/"


def test_every_module_that_the_chat_needs_is_fetched_at_once(client: TestClient) -> None:
    """A module that only another one names would wait for that one on a slow network."""
    page = client.get("/").text
    ahead = set(re.findall(r'(?:modulepreload" href|module" src)="/static/\w+/([^"]+)"', page))
    needed, found = {"js/chat.js"}, set[str]()
    while needed - found:
        name = (needed - found).pop()
        found.add(name)
        imports = re.findall(r'(?:from|import)\s*"(\.[^"]+)"', (STATIC / name).read_text(encoding="utf-8"))
        needed |= {
            (STATIC / name).parent.joinpath(one).resolve().relative_to(STATIC.resolve()).as_posix() for one in imports
        }
    assert ahead - {"js/shell.js"} == needed
