"""The process's descriptors: the pipe's own are put out of the adapter's reach."""

from __future__ import annotations

import contextvars
import io
import os
import sys
from typing import Any, Callable, Dict, NoReturn, Optional

Send = Callable[[Dict[str, Any]], None]

#: The request on whose behalf the present thread or task runs, where several run at the same time.
current_run: "contextvars.ContextVar[Optional[str]]" = contextvars.ContextVar("runyard_run", default=None)


def take_requests() -> int:
    """A descriptor of the parent's requests. Descriptor 0 becomes empty, so that nobody else eats them."""
    requests = os.dup(0)
    os.set_blocking(requests, True)
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


class Output:
    """stdout and stderr: UTF-8 and sent line by line, whatever the locale.

    Made before the adapter is imported, which may keep a stream for itself.
    """

    def __init__(self) -> None:
        self._send: Optional[Send] = None
        self._streams = [_RunStream(self, sys.stdout.buffer), _RunStream(self, sys.stderr.buffer)]
        sys.stdout, sys.stderr = self._streams

    def attribute(self, send: Send) -> None:
        """From now on what a run prints is told with its id: where several run, a line alone says nothing."""
        self._send = send

    def send_line(self, run_id: str, line: str) -> None:
        """A line of a run."""
        if self._send is not None:
            self._send({"id": run_id, "log": line})

    def finish(self, run_id: str) -> None:
        """The run is over: sends what it printed without an end of line."""
        for stream in self._streams:
            rest = stream.partial.pop(run_id, "")
            if rest:
                self.send_line(run_id, rest)


class _RunStream(io.TextIOWrapper):
    """A text stream whose lines go to the run that prints them; outside of runs they go on as ever."""

    def __init__(self, output: Output, buffer: Any) -> None:
        super().__init__(buffer, encoding="utf-8", errors="backslashreplace", line_buffering=True)
        self._output = output
        self.partial: Dict[str, str] = {}

    def write(self, text: str) -> int:
        """As every stream does; what is written to `buffer` goes out without an id."""
        run_id = current_run.get()
        if run_id is None:
            return super().write(text)
        *lines, rest = (self.partial.pop(run_id, "") + text).split("\n")
        for line in lines:
            self._output.send_line(run_id, line)
        if rest:
            self.partial[run_id] = rest
        return len(text)
