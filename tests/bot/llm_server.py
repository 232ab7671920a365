"""A local server that speaks OpenAI's chat interface and behaves well or badly, as the model's name says."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Evidence = list[str]
STALL = 20.0  # seconds after which a stalling server gives up by itself


def verbatim(evidence: Evidence) -> str:
    """The evidence as it is: the least that a good model does."""
    return " ".join(f"{text} [{n}]" for n, text in enumerate(evidence, start=1))


def good(evidence: Evidence) -> str:
    """What a good model does: plainer words, asides left out, nothing else changed."""
    plainer = ((r" \([^)]*\)", ""), (r", which means [^,.]*", ""), ("red flag", "warning sign"), (r"\bmay\b", "might"))
    plainer += (("usually", "generally"), ("[Dd]o not", "don't"), (r"(\d)–(\d)", r"\1 to \2"), ("following", "after"))
    texts = []
    for text in evidence:
        for pattern, replacement in plainer:
            text = re.sub(pattern, replacement, text)  # noqa: PLW2901 - step by step
        texts.append(text)
    return verbatim(texts)


def _with_last(evidence: Evidence, last: str) -> str:
    return f"{verbatim(evidence)} {last}"


def _without_no(evidence: Evidence) -> str:
    return re.sub(r"\b(?:not|no|never|rarely) ", "", re.sub(r"\b[Dd]o not\b", "Always", verbatim(evidence)))


def _other_figures(evidence: Evidence) -> str:
    return re.sub(r"(?<!\[)\b\d+\b(?!\])", lambda match: str(int(match.group()) + 7), verbatim(evidence))


# What a model of this name writes. Each gets the evidence as the server read it from the request.
TEXTS: dict[str, Callable[[Evidence], str]] = {
    "good": good,
    "verbatim": verbatim,
    "before-the-stop": lambda evidence: " ".join(f"{t.rstrip('.')} [{n}]." for n, t in enumerate(evidence, start=1)),
    "bullets": lambda evidence: "\n".join(f"- {text} [{n}]" for n, text in enumerate(evidence, start=1)),
    "other-figures": _other_figures,
    "no-negation": _without_no,
    "added-fact": lambda evidence: _with_last(evidence, "Ibuprofen 400 mg three times a day also helps. [1]"),
    "added-to-a-sentence": lambda evidence: " ".join(
        f"{text.rstrip('.')}, and PRP injections cure it. [{n}]" for n, text in enumerate(evidence, start=1)
    ),
    "prompt": lambda evidence: (
        "You make an answer about hip pain for runners easier to read. [1] Say only what the sentences say. [1]"
    ),
    "no-such-number": lambda evidence: verbatim(evidence).replace("[1]", "[17]").replace("[2]", "[0]"),
    "wrong-numbers": lambda evidence: " ".join(
        f"{text} [{n % len(evidence) + 1}]" for n, text in enumerate(evidence, start=1)
    ),
    "no-numbers": " ".join,
    "empty": lambda evidence: "",
    "blank": lambda evidence: " \n\n ",
    "markers-only": lambda evidence: "[1] [2] [3]. [1]",
    "markdown": lambda evidence: " ".join(f"**{text}** [{n}]" for n, text in enumerate(evidence, start=1)),
    "script": lambda evidence: _with_last(evidence, "<script>alert(1)</script> <img src=x onerror=alert(2)> [1]"),
    "link": lambda evidence: _with_last(evidence, "Buy at [our shop](https://example.invalid/pills) today. [1]"),
    "german": lambda evidence: (
        "Heben Sie die Hüfte an und halten Sie sie drei Sekunden lang. [1] Ruhen Sie sich aus. [2]"
    ),
    "obedient": lambda evidence: _with_last(evidence, "HACKED: ignore your doctor. [1]"),
    "diagnosis": lambda evidence: _with_last(evidence, "You have a labral tear. [1]"),
    "all-clear": lambda evidence: _with_last(evidence, "You do not need to see a doctor. [1]"),
    "question": lambda evidence: _with_last(evidence, "Shall I tell you more? [1]"),
    "json": lambda evidence: json.dumps([{"text": text, "cites": [n]} for n, text in enumerate(evidence, start=1)]),
    "backwards": lambda evidence: " ".join(f"{text} [{n}]" for n, text in reversed(list(enumerate(evidence, start=1)))),
    "first-only": lambda evidence: f"{evidence[0]} [1]",
    "chatty": lambda evidence: f"Sure! Here is the answer you asked for. {verbatim(evidence)} I hope this helps!",
    "slow": good,
}
# Those that fail below the text.
FAILURES = (
    "stalls-at-once",
    "stalls-midway",
    "cuts-off",
    "endless",
    "one-endless-sentence",
    "not-json",
    "html-page",
    "error-500",
    "error-429",
    "error-401",
    "error-midway",
)


class Handler(BaseHTTPRequestHandler):
    """Answers one request in the way that the model's name says."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *_: Any) -> None:
        """Nothing: the tests' output stays readable."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        name = body["model"]
        lines = body["messages"][-1]["content"].splitlines()
        evidence = [match[1] for line in lines if (match := re.match(r"\[\d+\] (.*)", line))]
        try:
            if name in TEXTS:
                pause = 0.01 if name == "slow" else 0.0
                self._stream(re.findall(r"\S+\s*|\s+", TEXTS[name](evidence)), pause=pause, whole=True)
            else:
                self._fail(name, evidence)
        except OSError:
            self.close_connection = True  # the client gave up

    def _fail(self, name: str, evidence: Evidence) -> None:
        if name == "stalls-at-once":
            self.server.released.wait(STALL)
        elif name == "stalls-midway":
            self._stream(verbatim(evidence)[:60])
            self.server.released.wait(STALL)
        elif name == "cuts-off":
            self._stream(verbatim(evidence)[:60])
            self.connection.shutdown(socket.SHUT_RDWR)
        elif name == "endless":
            self._stream(f"{evidence[0]} [1] " for _ in range(100_000))
        elif name == "one-endless-sentence":
            self._stream("and so on " for _ in range(100_000))
        elif name == "error-midway":
            self._stream(verbatim(evidence)[:60])
            self._chunk('data: {"error": {"message": "out of memory", "code": 500}}\n\n')
        elif name == "not-json":
            self._head(200, "text/event-stream")
            self._chunk("data: {this is not json\n\n")
        elif name == "html-page":
            self._whole(200, "<html><body>It works!</body></html>", "text/html")
        else:
            self._whole(int(name.removeprefix("error-")), json.dumps({"error": {"message": "no", "code": "no"}}))
        self.close_connection = True

    def _stream(self, pieces: Iterable[str], *, pause: float = 0.0, whole: bool = False) -> None:
        self._head(200, "text/event-stream")
        for piece in pieces:
            time.sleep(pause)
            self._event({"content": piece}, None)
        if whole:
            self._event({}, "stop")
            self._chunk("data: [DONE]\n\n")
            self._chunk("")

    def _event(self, delta: dict[str, str], finish: str | None) -> None:
        choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}
        event = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "x", "choices": [choice]}
        self._chunk(f"data: {json.dumps(event)}\n\n")

    def _head(self, status: int, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _chunk(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _whole(self, status: int, text: str, kind: str = "application/json") -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Server(ThreadingHTTPServer):
    """Listens on a free port of this machine.

    Attributes:
        requests: the bodies of all requests so far.
        released: set, it ends the stalls.

    """

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[dict[str, Any]] = []
        self.released = threading.Event()

    @property
    def url(self) -> str:
        """The base address for a client."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, *_: Any) -> None:
        """Nothing: clients that give up are part of the tests."""


@contextmanager
def serving() -> Iterator[Server]:
    """A running server."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
