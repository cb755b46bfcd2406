"""The process's descriptors: the pipe's own are put out of the adapter's reach."""

from __future__ import annotations

import contextvars
import io
import os
import sys
from typing import Any, Callable, Dict, NoReturn, Optional

#: The request on whose behalf the present thread or task runs, where several run at the same time.
current_run: "contextvars.ContextVar[Optional[str]]" = contextvars.ContextVar("runyard_run", default=None)


def take_requests() -> int:
    """A descriptor of the parent's requests. Descriptor 0 becomes empty, so that nobody else eats them."""
    requests = os.dup(0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    return requests


def open_answers() -> int:
    """The descriptor that ALGOOUT names. Children of the adapter do not get it."""
    os.environ.pop("RUNYARD_PIPE", None)
    target = os.environ.pop("ALGOOUT", None)
    if not target:
        refuse("runyard: this program is started by Runyard, which says in ALGOOUT where answers go")
    for folder in ("/dev/fd/", "/proc/self/fd/"):
        if target.startswith(folder):
            descriptor = int(target[len(folder) :])  # opening it again is refused for sockets
            os.set_inheritable(descriptor, False)
            return descriptor
    return os.open(target, os.O_WRONLY | os.O_CREAT, 0o600)


def refuse(message: str) -> NoReturn:
    """Ends the process with a message for people."""
    sys.stderr.write(message + "\n")
    raise SystemExit(78)


def prepare_output() -> None:
    """Output is UTF-8 and sent line by line, whatever the locale."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)


def attribute_output(send: Callable[[Dict[str, Any]], None]) -> None:
    """From now on what a run prints is told with its id: where several run, a line alone says nothing."""
    sys.stdout = AttributedStream(sys.stdout, send)
    sys.stderr = AttributedStream(sys.stderr, send)


class AttributedStream(io.TextIOBase):
    """A text stream whose lines go to the request that prints them; outside of requests, to where they went before."""

    def __init__(self, stream: Any, send: Callable[[Dict[str, Any]], None]) -> None:
        self._stream = stream
        self._send = send
        self._partial: Dict[str, str] = {}

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return str(self._stream.encoding)

    @property
    def errors(self) -> Optional[str]:  # type: ignore[override]
        return str(self._stream.errors)

    @property
    def buffer(self) -> Any:
        """The bytes below, for programs that write bytes: those go out without an id."""
        return self._stream.buffer

    def fileno(self) -> int:
        return int(self._stream.fileno())

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        self._stream.flush()

    def write(self, text: str) -> int:
        run_id = current_run.get()
        if run_id is None:
            return int(self._stream.write(text))
        *lines, rest = (self._partial.pop(run_id, "") + text).split("\n")
        for line in lines:
            self._send({"id": run_id, "log": line})
        if rest:
            self._partial[run_id] = rest
        return len(text)

    def finish(self, run_id: str) -> None:
        """The run is over: sends a line that it did not end."""
        rest = self._partial.pop(run_id, "")
        if rest:
            self._send({"id": run_id, "log": rest})


def finish_output(run_id: str) -> None:
    """Sends what the run printed without an end of line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, AttributedStream):
            stream.finish(run_id)
