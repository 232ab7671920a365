"""Worker: converts files in a process of its own, so that no file can stop the run - not by a crash, an endless loop or a flood.

The process is started when the first file needs it, serves one file after the other, and ends with the program. It is given no
path and opens no connection: bytes go in, Markdown comes out.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from ingest.formats.converted import Converted, FormatError

# What a file may cost. The largest of the files that editors brought took 0.4 s and 150 MiB.
SECONDS = 30.0
MEMORY = 1536 * 1024 * 1024  # bytes of address space, where the system can limit it
_LENGTH = 8  # bytes of the number before each message
_ROOT = Path(__file__).resolve().parents[2]
_KINDS = frozenset({"html", "docx", "odt", "pdf"})


class Worker:
    """A process that converts files. Safe to share between threads.

    Args:
        seconds: how long a file may take.
        memory: bytes of address space the process may have.

    Example:
        >>> Worker().convert("html", b"<h1>Rest</h1><p>A day lets a strain settle.", 1024).title
        'Rest'

    """

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self.seconds = seconds
        self.memory = memory
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def convert(self, kind: str, data: bytes, max_bytes: int) -> Converted:
        """A file as Markdown.

        Args:
            kind: html, docx, odt or pdf.
            data: the whole file.
            max_bytes: what an article's file may have, in bytes.

        Raises:
            FormatError: it cannot be converted, also where it takes too long or too much.

        """
        with self._lock:
            process = self._running()
            late = threading.Event()

            def stop() -> None:
                late.set()
                process.kill()

            timer = threading.Timer(self.seconds, stop)
            timer.start()
            try:
                _send(process.stdin, json.dumps({"kind": kind, "max_bytes": max_bytes}).encode())
                _send(process.stdin, data)
                answer = json.loads(_receive(process.stdout))
            except (OSError, EOFError):
                self._end()
                if late.is_set():
                    raise FormatError(
                        f"the file takes more than {self.seconds:.0f} seconds to read",
                        "Simplify it, or save its text as .md",
                    ) from None
                raise FormatError(
                    "the program that reads this format gave up on the file", "Save it again, or save its text as .md"
                ) from None
            finally:
                timer.cancel()
        if "what" in answer:
            raise FormatError(answer["what"], answer["remedy"])
        answer["updated"] = date.fromisoformat(answer["updated"]) if answer["updated"] else None
        return Converted(**{**answer, "dropped": tuple(answer["dropped"])})

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
            self._process = subprocess.Popen(  # noqa: S603 - this program, with a number
                [sys.executable, "-m", "ingest.formats.worker", str(self.memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
            atexit.register(self.close)
        return self._process

    def close(self) -> None:
        """End the process; the next file starts another."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process.wait()
            self._process = None
            atexit.unregister(self.close)


def _send(pipe: IO[bytes] | None, message: bytes) -> None:
    if pipe is None:
        raise EOFError
    pipe.write(len(message).to_bytes(_LENGTH, "big") + message)
    pipe.flush()


def _receive(pipe: IO[bytes] | None) -> bytes:
    length = pipe.read(_LENGTH) if pipe is not None else b""
    if pipe is None or len(length) < _LENGTH:
        raise EOFError
    return pipe.read(int.from_bytes(length, "big"))


def _answer(request: dict[str, Any], data: bytes) -> dict[str, Any]:
    if request["kind"] not in _KINDS:
        raise ValueError(request["kind"])
    try:
        found: Converted = import_module(f"ingest.formats.{request['kind']}").convert(data, request["max_bytes"])
    except FormatError as error:
        return {"what": error.what, "remedy": error.remedy}
    except RecursionError:
        return {"what": "the file is nested too deeply", "remedy": "Simplify it, or save its text as .md"}
    except MemoryError:
        return {"what": "the file takes too much memory to read", "remedy": "Split it, or save its text as .md"}
    except Exception as error:  # noqa: BLE001 - a converter may raise anything for a damaged file
        kind = type(error).__name__
        return {
            "what": f"the file cannot be read ({kind})",
            "remedy": "Save it again in its program, or save its text as .md",
        }
    return {
        "text": found.text,
        "title": found.title,
        "author": found.author,
        "publisher": found.publisher,
        "updated": found.updated.isoformat() if found.updated else None,
        "dropped": list(found.dropped),
    }


def _serve(memory: int) -> None:
    """Answer what comes in until nothing more does."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (
        ImportError,
        OSError,
        ValueError,
    ):  # Windows has no such limit, macOS not this one; the time is limited there too
        pass
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What a library prints must not mix with the answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    while True:
        try:
            request = json.loads(_receive(source))
            data = _receive(source)
        except EOFError:
            return
        _send(sink, json.dumps(_answer(request, data)).encode())


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
