"""Threads for sync functions of an adapter that asks for several at the same time."""

from __future__ import annotations

import queue
import threading
from typing import Callable

Job = Callable[[], None]


class Workers:
    """Up to `size` threads, started when they are needed. They never keep the process from ending."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._started = 0
        self._jobs: "queue.SimpleQueue[Job]" = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)

    def submit(self, job: Job) -> None:
        """Runs the job on a free thread. Called from one thread only."""
        self._jobs.put(job)
        if not self._idle.acquire(blocking=False) and self._started < self._size:
            self._started += 1
            threading.Thread(target=self._work, name=f"runyard-{self._started}", daemon=True).start()

    def _work(self) -> None:
        while True:
            self._jobs.get()()
            self._idle.release()
