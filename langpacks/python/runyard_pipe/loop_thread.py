"""An event loop of its own, for async functions among sync ones."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Awaitable, Optional

from .errors import Cancelled


class LoopThread:
    """Runs coroutines on one loop in a background thread, while the main thread waits for them."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._task: "Optional[asyncio.Task[Any]]" = None
        self._run_id = ""
        threading.Thread(target=self._loop.run_forever, name="runyard-async", daemon=True).start()

    def run(self, awaitable: Awaitable[Any], run_id: str = "") -> Any:
        """The result of the awaitable, or what it raised; Cancelled when it was cancelled."""
        done = threading.Event()

        def start() -> None:
            self._run_id, self._task = run_id, self._loop.create_task(_contain_exit(awaitable))
            self._task.add_done_callback(lambda _: done.set())

        self._loop.call_soon_threadsafe(start)
        done.wait()
        task, self._task = self._task, None
        assert task is not None
        if task.cancelled():
            raise Cancelled
        outcome = task.result()
        if isinstance(outcome, _Exit):
            raise outcome.error
        return outcome

    def cancel(self, run_id: str) -> None:
        """Cancels the run, unless it is over when the loop gets to it."""

        def cancel_task() -> None:
            if self._task is not None and self._run_id == run_id:
                self._task.cancel()

        self._loop.call_soon_threadsafe(cancel_task)


class _Exit:
    """An exception that would have ended the loop's thread only: it belongs to the main thread."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


async def _contain_exit(awaitable: Awaitable[Any]) -> Any:
    try:
        return await awaitable
    except (SystemExit, KeyboardInterrupt) as error:
        return _Exit(error)
