"""What a running function may use: the `ctx` argument."""

from __future__ import annotations

import math
import threading
from typing import Any, Awaitable, Callable, Dict, Optional, Protocol

from .errors import Cancelled


class Signal:
    """Says that the run was cancelled. Usable from any thread."""

    def __init__(self) -> None:
        self._event = threading.Event()

    @property
    def aborted(self) -> bool:
        """True once somebody asked for an end."""
        return self._event.is_set()

    def is_set(self) -> bool:
        """The same, as threading.Event says it."""
        return self._event.is_set()

    def wait(self, timeout: Optional[float] = None) -> bool:
        """Waits until the run is cancelled, or for `timeout` seconds. Says whether it was."""
        return self._event.wait(timeout)

    def throw_if_aborted(self) -> None:
        """Raises Cancelled when the run was cancelled."""
        if self.aborted:
            raise Cancelled

    def abort(self) -> None:
        """Asks for an end. The pipe calls this."""
        self._event.set()


class Caller(Protocol):
    """Runs other algorithms for a context: by waiting, or as a coroutine."""

    def call(self, run_id: str, algorithm: str, args: Dict[str, Any], signal: Signal) -> Any: ...

    def acall(self, run_id: str, algorithm: str, args: Dict[str, Any], signal: Signal) -> Awaitable[Any]: ...


class Context:
    """Progress, log, cancellation and calls of one run. Take it as an optional last argument `ctx`."""

    def __init__(self, run_id: str, send: Callable[[Dict[str, Any]], None], caller: Caller) -> None:
        self._id = run_id
        self._send = send
        self._caller = caller
        self.signal = Signal()

    def progress(self, fraction: float, message: Optional[str] = None) -> None:
        """Tells whoever follows the task how far it is. `fraction` runs from 0 to 1."""
        value = float(fraction)
        if math.isnan(value):
            raise ValueError("progress must be a number from 0 to 1, got NaN")
        document: Dict[str, Any] = {"id": self._id, "progress": min(1.0, max(0.0, value))}
        if message is not None:
            document["message"] = str(message)
        self._send(document)

    def log(self, message: Any) -> None:
        """Adds a line to the log of this request."""
        for line in str(message).splitlines() or [""]:
            self._send({"id": self._id, "log": line})

    def call(self, algorithm: str, args: Optional[Dict[str, Any]] = None, /, **named: Any) -> Any:
        """Runs another algorithm of the yard and returns its result; in async functions, await it.

        Raises CallError when the algorithm gave an error, Cancelled when this run was cancelled meanwhile.
        """
        return self._caller.call(self._id, algorithm, {**(args or {}), **named}, self.signal)

    async def acall(self, algorithm: str, args: Optional[Dict[str, Any]] = None, /, **named: Any) -> Any:
        """The same as a coroutine, wherever one is wanted."""
        return await self._caller.acall(self._id, algorithm, {**(args or {}), **named}, self.signal)


class AsyncContext(Context):
    """The context of an async function: `call` is awaited."""

    def call(self, algorithm: str, args: Optional[Dict[str, Any]] = None, /, **named: Any) -> Any:
        """Runs another algorithm of the yard; await it."""
        return self.acall(algorithm, args, **named)
