"""The editors' page is reached with a session alone, by whatever way it is tried; log-ins are slowed down, sessions end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from bot.chain import Bot
from bot.web.chat import API, Chat
from bot.web.editors.door import (
    COOKIE,
    IDLE,
    LOG_IN,
    LOG_OUT,
    LONGEST,
    MOST_ADDRESSES,
    MOST_SESSIONS,
    ROOT,
    Door,
    Throttle,
)
from bot.web.serve import build_app
from guardrails import Guardrails
from ingest.library import Library
from ingest.pipeline import Report
from settings import Settings, SettingsError, load_settings
from tests.conftest import WordEncoder

PASSWORD = "four words nobody joins"  # noqa: S105 - of the tests alone
SITE = "http://testserver"
OURS = {"Origin": SITE}


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(clock: Clock) -> TestClient:
    """A small app behind the door."""
    inner = Starlette(
        routes=[Route("/{path:path}", lambda request: PlainTextResponse("inside"), methods=["GET", "POST"])]
    )
    return TestClient(Door(inner, SecretStr(PASSWORD), clock), follow_redirects=False)


def log_in(client: TestClient, password: str = PASSWORD, **headers: str) -> int:
    return client.post(LOG_IN, data={"password": password}, headers=OURS | headers).status_code


def test_the_right_password_opens_the_page_and_a_log_out_closes_it(client: TestClient) -> None:
    assert client.get(f"{ROOT}/x").status_code == 401
    assert log_in(client, "wrong words entirely") == 401
    assert log_in(client) == 303
    assert client.get(f"{ROOT}/x").text == "inside"
    assert client.get(LOG_OUT).status_code == 303, "a link alone logs nobody out"
    assert client.get(f"{ROOT}/x").text == "inside"
    token = client.cookies[COOKIE]
    assert client.post(LOG_OUT, headers=OURS).status_code == 303
    assert client.get(f"{ROOT}/x").status_code == 401
    client.cookies.set(COOKIE, token, path=ROOT)
    assert client.get(f"{ROOT}/x").status_code == 401, "the token itself is dead"


def test_a_person_is_led_to_the_log_in_and_what_is_elsewhere_is_untouched(client: TestClient) -> None:
    answer = client.get(f"{ROOT}/", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, LOG_IN)
    assert client.get("/").text == "inside"
    assert "X-Frame-Options" not in client.get("/").headers
    assert client.get(LOG_IN).status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: TestClient) -> None:
    cookie = client.post(LOG_IN, data={"password": PASSWORD}, headers=OURS).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert f"path={ROOT}" in cookie
    assert "secure" not in cookie, "over plain http the browser would never send it back"
    overtls = client.post(LOG_IN, data={"password": PASSWORD}, headers={"Origin": "https://testserver"})
    assert "secure" in overtls.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "", "http://testserver.evil.example", "http://evil.example/testserver"]
)
def test_another_site_can_neither_log_in_nor_act_nor_log_out(client: TestClient, origin: str) -> None:
    headers = {"Origin": origin}
    assert client.post(LOG_IN, data={"password": PASSWORD}, headers=headers).status_code == 403
    log_in(client)
    assert client.post(f"{ROOT}/gradio_api/queue/join", json={}, headers=headers).status_code == 403
    assert client.post(LOG_OUT, headers=headers).status_code == 403
    assert client.get(f"{ROOT}/x").text == "inside"


def test_every_answer_forbids_framing_keeping_and_telling_where_one_was(client: TestClient) -> None:
    log_in(client)
    for path in (LOG_IN, f"{ROOT}/", f"{ROOT}/x"):
        headers = client.get(path).headers
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"


def test_a_session_ends_when_nothing_happens_and_in_any_case(client: TestClient, clock: Clock) -> None:
    log_in(client)
    clock.now += IDLE - 1
    assert client.get(f"{ROOT}/x").status_code == 200
    clock.now += IDLE + 1
    assert client.get(f"{ROOT}/x").status_code == 401
    log_in(client)
    for _ in range(int(LONGEST // (IDLE / 2)) + 1):
        clock.now += IDLE / 2
        last = client.get(f"{ROOT}/x").status_code
    assert last == 401


def test_sessions_are_bounded_and_kept_as_hashes(clock: Clock) -> None:
    door = Door(Starlette(), SecretStr(PASSWORD), clock)
    tokens = [door.sessions.begin() for _ in range(MOST_SESSIONS + 5)]
    assert len(set(tokens)) == len(tokens)
    assert [door.sessions.holds(token) for token in (tokens[0], tokens[-1])] == [False, True]
    assert tokens[-1] not in repr(vars(door.sessions))
    assert PASSWORD not in repr(vars(door))


def test_wrong_passwords_have_to_wait_longer_and_longer(client: TestClient, clock: Clock) -> None:
    waits = []
    for _ in range(40):
        answer = client.post(LOG_IN, data={"password": "wrong words entirely"}, headers=OURS)
        if answer.status_code == 429:
            waits.append(int(answer.headers["retry-after"]))
            assert f"Wait {waits[-1]} second" in answer.text or "minutes" in answer.text
            assert client.post(LOG_IN, data={"password": PASSWORD}, headers=OURS).status_code == 429, (
                "not even looked at"
            )
            clock.now += waits[-1]
    assert waits == sorted(waits)
    assert waits[0] <= 2
    assert 900 <= waits[-1] <= 901
    clock.now += 901
    assert log_in(client) == 303
    assert log_in(client, "wrong words entirely") == 401, "a right one clears the failures"


def test_a_forwarded_address_is_not_believed(client: TestClient) -> None:
    answers = [
        log_in(client, "wrong words entirely", **{"X-Forwarded-For": f"10.0.0.{n}", "Forwarded": f"for=10.0.0.{n}"})
        for n in range(8)
    ]
    assert 429 in answers


def test_many_addresses_together_are_slowed_down_but_do_not_lock_out_an_editor(clock: Clock) -> None:
    throttle = Throttle(clock)
    throttle.passed("192.0.2.1")
    for n in range(60):
        throttle.failed(f"198.51.100.{n}")
    assert throttle.wait("203.0.113.9") > 0
    assert throttle.wait("192.0.2.1") == 0
    clock.now += 31
    assert throttle.wait("203.0.113.9") == 0, "the wait for all together stays short"


def test_one_machine_with_many_addresses_of_a_network_is_one(clock: Clock) -> None:
    throttle = Throttle(clock)
    for n in range(8):
        throttle.failed(f"2001:db8::{n + 1:x}")
    assert throttle.wait("2001:db8::ffff") > 0
    assert throttle.wait("2001:db8:0:1::1") == 0


def test_the_memory_for_failures_is_bounded(clock: Clock) -> None:
    throttle = Throttle(clock)
    for n in range(MOST_ADDRESSES + 50):
        throttle.failed(f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}")
    assert len(throttle._each) == MOST_ADDRESSES


def test_a_huge_form_is_not_read(client: TestClient) -> None:
    assert log_in(client, "x" * 100_000) == 401


def test_the_password_is_never_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    log_in(client, "a secret mistyped")
    log_in(client)
    assert "wrong password" in caplog.text
    assert "secret mistyped" not in caplog.text
    assert PASSWORD not in caplog.text
    assert client.cookies[COOKIE] not in caplog.text


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaaaaaa", "x" * 300])
def test_a_weak_password_is_refused_without_repeating_it(monkeypatch: pytest.MonkeyPatch, weak: str) -> None:
    monkeypatch.setenv("HIPWISE_EDITOR_PASSWORD", weak)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "HIPWISE_EDITOR_PASSWORD" in str(caught.value)
    assert "12" in str(caught.value)
    assert weak not in str(caught.value)


def test_the_settings_never_show_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIPWISE_EDITOR_PASSWORD", PASSWORD)
    assert PASSWORD not in f"{load_settings()!r} {load_settings()} {load_settings().model_dump()}"


# --- the real app


@pytest.fixture
def served(
    ingest: Callable[..., Report], corpus: Path, index: Path, encoder: WordEncoder
) -> Iterator[Callable[[str], TestClient]]:
    """The real app over the small corpus, with a password or without."""
    ingest()
    library = Library(index)
    bot = Bot(library, Guardrails.load(), encoder)

    def serve(password: str) -> TestClient:
        settings = Settings(corpus=corpus, index=index, editor_password=SecretStr(password))
        return TestClient(
            build_app(Chat(bot, settings), settings), raise_server_exceptions=False, follow_redirects=False
        )

    yield serve
    library.close()


def test_without_a_password_there_is_no_trace_of_the_page(served: Callable[[str], TestClient]) -> None:
    with served("") as client:
        nowhere = client.get("/nowhere")
        for path in (ROOT, f"{ROOT}/", LOG_IN, f"{ROOT}/config", f"{ROOT}/gaps.csv"):
            answer = client.get(path, headers={"Accept": "text/html"})
            assert (answer.status_code, answer.text) == (404, nowhere.text)
        assert client.post(LOG_IN, data={"password": PASSWORD}, headers=OURS).status_code in {404, 405}
        assert ROOT not in client.get("/").text


def test_every_endpoint_of_the_page_wants_a_session(served: Callable[[str], TestClient]) -> None:
    with served(PASSWORD) as client:
        mounted = next(route.app for route in client.app.routes if isinstance(route, Mount) and route.path == ROOT)
        paths = {f"{ROOT}{route.path}" for route in mounted.routes if isinstance(route, Route)}
        for route in mounted.routes:
            inner = getattr(route, "original_router", None)  # what FastAPI makes of an included router
            paths |= {
                f"{ROOT}/gradio_api{one.path.removeprefix('/gradio_api')}" for one in (inner.routes if inner else ())
            }
        assert {f"{ROOT}/config", f"{ROOT}/gradio_api/queue/join", f"{ROOT}/gradio_api/upload"} <= paths
        for template in sorted(paths):
            path = (
                template.replace("{path_or_url:path}", "/etc/hostname")
                .replace("{", "")
                .replace("}", "")
                .replace(":path", "")
            )
            for method in ("GET", "POST", "HEAD"):
                answer = client.request(method, path, headers=OURS)
                assert answer.status_code == 401 or path == LOG_IN, (method, path, answer.status_code)
        for path in (
            f"{ROOT}//config",
            f"{ROOT}/./config",
            f"{ROOT}/x/../config",
            "/%65ditors/config",
            f"{ROOT}%2Fconfig",
        ):
            assert client.get(path).status_code in {401, 404}, path
        assert log_in(client) == 303
        assert client.get(f"{ROOT}/config").status_code == 200
        assert client.get(f"{ROOT}/").status_code == 200


def test_the_chat_cannot_reach_the_editors_functions(served: Callable[[str], TestClient]) -> None:
    with served(PASSWORD) as client:
        chat = client.get(f"{API}/config").json()
        log_in(client)
        page = client.get(f"{ROOT}/config").json()
        client.cookies.clear()
        ids = {component["props"].get("elem_id") for component in chat["components"]}
        assert not any(name.startswith("he-") for name in ids if name)
        assert len(page["dependencies"]) > len(chat["dependencies"])
        for function in range(len(page["dependencies"]) + 5):
            body = {"data": [], "fn_index": function, "session_hash": f"s{function}"}
            known = function in {one["id"] for one in chat["dependencies"]}
            for prefix in (API, f"{API}/gradio_api"):
                answer = client.post(f"{prefix}/run/predict", json=body, headers=OURS)
                assert answer.status_code != 200 or known
        answer = client.post(f"{API}/gradio_api/queue/join", json=body, headers=OURS)
        assert answer.status_code >= 400 or "event_id" not in answer.json()


def test_an_upload_to_the_chat_is_refused(served: Callable[[str], TestClient]) -> None:
    with served(PASSWORD) as client:
        answer = client.post(f"{API}/gradio_api/upload", files={"files": ("a.md", b"# Long enough\n")}, headers=OURS)
        assert answer.status_code == 413
