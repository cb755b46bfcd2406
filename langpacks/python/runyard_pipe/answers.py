"""Answers to the parent: whole lines on one descriptor, several in one write when several are ready."""

from __future__ import annotations

import collections
import math
import os
import select
import sys
import threading
import time
from typing import Any, Deque, Dict

from .json_text import encode, to_bytes

_HELD_CHARACTERS = 65_536


class AnswerWriter:
    """Writes from any thread. Lines never mix, and stay in the order in which they were given."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._held: Deque[str] = collections.deque()
        self._writing = threading.Lock()
        #: Since when the oldest held line waits, by time.perf_counter.
        self.held_since = math.inf

    def hold(self, line: str) -> None:
        """Keeps a line until the next flush: the caller flushes soon. Long lines go at once."""
        if not self._held:
            self.held_since = time.perf_counter()
        self._held.append(line)
        if len(line) > _HELD_CHARACTERS:
            self.flush()

    def send(self, document: Dict[str, Any]) -> None:
        """Writes a document now, after what was held."""
        self._held.append(encode(document) + "\n")
        self.flush()

    def flush(self) -> None:
        """Writes what is held, after what the adapter printed."""
        if not self._held:
            return
        flush_output()
        with self._writing:
            lines = []
            while self._held:
                lines.append(self._held.popleft())
            if lines:
                self._write(to_bytes("".join(lines)))

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self.descriptor, rest) :]
            except BlockingIOError:
                _wait_writable(self.descriptor)
            except (BrokenPipeError, ConnectionResetError):
                leave_orphaned()


def flush_output() -> None:
    """Sends on what print() has kept back."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):  # the adapter closed or replaced it, or nobody reads it
            pass


def leave_orphaned() -> None:
    """Ends the process at once: its parent is gone, and nobody would read another word."""
    os._exit(1)


def is_parent_gone(descriptor: int) -> bool:
    """True when nobody can read what is written to the descriptor any more."""
    poller = select.poll()
    poller.register(descriptor, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poller.poll(0))


def _wait_writable(descriptor: int) -> None:
    poller = select.poll()
    poller.register(descriptor, select.POLLOUT)
    poller.poll()
