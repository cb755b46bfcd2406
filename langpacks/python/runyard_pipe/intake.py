"""Requests from the parent, in their order."""

from __future__ import annotations

import collections
import json
import os
import re
import sys
import threading
from typing import Any, Callable, Deque, Dict, List, Optional

_CHUNK = 1 << 18
_ID = re.compile(r'\{"id":"([^"\\]+)"')

parse = json.JSONDecoder().raw_decode


class Intake:
    """Splits what the parent writes into lines.

    Requests wait in `pending`; controls (a cancel, an answer to a call) go to `on_control` the moment they are read,
    by whichever thread reads. One thread reads at a time: the one that holds `reading`.
    """

    def __init__(self, descriptor: int, on_control: Callable[[Dict[str, Any]], None]) -> None:
        self.descriptor = descriptor
        self.pending: Deque[str] = collections.deque()
        self.reading = threading.Lock()
        self.ended = False
        self._on_control = on_control
        self._partial: List[bytes] = []

    def read(self) -> None:
        """Reads once; waits when nothing is there. The caller holds `reading`."""
        data = os.read(self.descriptor, _CHUNK)
        if not data:
            self.ended = True
            return
        cut = data.rfind(b"\n") + 1
        if cut == 0:
            self._partial.append(data)
            return
        whole = data[:cut]
        if self._partial:
            whole = b"".join([*self._partial, whole])
            self._partial = []
        if cut < len(data):
            self._partial.append(data[cut:])
        self._accept(whole.decode("utf-8", "replace"))

    def remove(self, run_id: str) -> bool:
        """Takes a request back that was not begun. False when it is not waiting."""
        for line in list(self.pending):
            if run_id in line and parse(line)[0].get("id") == run_id:
                try:
                    self.pending.remove(line)
                    return True
                except ValueError:  # begun by the other thread at this moment
                    return False
        return False

    def _accept(self, text: str) -> None:
        lines = text.split("\n")
        lines.pop()
        if '"cancel"' not in text and '"called"' not in text:
            self.pending.extend(lines)
            return
        for line in lines:
            self._accept_line(line)

    def _accept_line(self, line: str) -> None:
        try:
            document = parse(line)[0]
        except (ValueError, RecursionError):
            self.pending.append(line)  # refused where it is served
            return
        if isinstance(document, dict) and "id" not in document:
            self._on_control(document)
        else:
            self.pending.append(line)


def find_id(line: str) -> Optional[str]:
    """The id at the start of a line that cannot be parsed, for instance because it is nested too deeply."""
    match = _ID.match(line)
    return match[1] if match else None


def complain_of(line: str, error: Exception) -> None:
    """A line that is no request: without an id it cannot be answered, only shown."""
    sys.stderr.write(f"runyard: a line on stdin is no request ({error}): {line[:200]}\n")
