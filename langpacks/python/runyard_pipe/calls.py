"""`ctx.call`: questions to the parent, and its answers."""

from __future__ import annotations

import itertools
import threading
from typing import Any, Callable, Dict, List

from .context import Signal
from .errors import CallError
from .json_text import Unsendable

_CANCEL_CHECK_SECONDS = 0.05


class Calls:
    """Calls that wait for the parent. `on_wait` makes sure that somebody reads its answers."""

    def __init__(self, send: Callable[[Dict[str, Any]], None], on_wait: Callable[[], None]) -> None:
        self._send = send
        self._on_wait = on_wait
        self._numbers = itertools.count(1)
        self._waiting: Dict[str, Callable[[Dict[str, Any]], None]] = {}

    def settle(self, answer: Dict[str, Any]) -> None:
        """Hands the parent's answer to the call that waits for it; one that was given up is ignored."""
        resolve = self._waiting.pop(str(answer["called"]), None)
        if resolve is not None:
            resolve(answer)

    def call(self, run_id: str, algorithm: str, args: Dict[str, Any], signal: Signal) -> Any:
        """Waits for the result. Raises CallError, or Cancelled when the run is cancelled meanwhile."""
        signal.throw_if_aborted()
        answers: List[Dict[str, Any]] = []
        arrived = threading.Event()

        def resolve(answer: Dict[str, Any]) -> None:
            answers.append(answer)
            arrived.set()

        number = self._ask(run_id, algorithm, args, resolve)
        try:
            while not arrived.wait(_CANCEL_CHECK_SECONDS):
                signal.throw_if_aborted()
        finally:
            self._waiting.pop(number, None)
        return _unpack(algorithm, answers[0])

    async def acall(self, run_id: str, algorithm: str, args: Dict[str, Any], signal: Signal) -> Any:
        """The same for coroutines."""
        import asyncio

        signal.throw_if_aborted()
        loop = asyncio.get_running_loop()
        future: "asyncio.Future[Dict[str, Any]]" = loop.create_future()

        def settle(answer: Dict[str, Any]) -> None:
            if not future.done():
                future.set_result(answer)

        def resolve(answer: Dict[str, Any]) -> None:
            loop.call_soon_threadsafe(settle, answer)

        number = self._ask(run_id, algorithm, args, resolve)
        try:
            return _unpack(algorithm, await future)
        finally:
            self._waiting.pop(number, None)

    def _ask(self, run_id: str, algorithm: str, args: Dict[str, Any], resolve: Callable[[Dict[str, Any]], None]) -> str:
        number = str(next(self._numbers))
        self._waiting[number] = resolve
        try:
            self._send({"id": run_id, "call": number, "algorithm": algorithm, "args": args})
        except Unsendable as error:
            del self._waiting[number]
            raise TypeError(f"the arguments of ctx.call({algorithm!r}) cannot be sent: {error}") from None
        self._on_wait()
        return number


def _unpack(algorithm: str, answer: Dict[str, Any]) -> Any:
    if "error" in answer:
        raise CallError(algorithm, answer["error"])
    return answer.get("result")
