"""Serves one request at a time, on the main thread: what numpy, torch and signal handlers expect."""

from __future__ import annotations

import time
from typing import Any, Awaitable, Callable, Dict, Optional, Set

from .adapter import Adapter
from .algorithm import Algorithm
from .answers import AnswerWriter
from .calls import Calls
from .context import AsyncContext, Context
from .intake import Intake, parse
from .runs import cancelled_line, check_request, failed_line, refusal_line, run_async, run_sync
from .stand_in import StandIn

#: Answers wait for company no longer than this, and not at all before a run that may take longer: a process that dies
#: must not take finished work with it.
_HOLD_SECONDS = 0.0005


class SerialServer:
    """The main thread reads and runs. While a run takes long, a stand-in reads for it and sees its cancel."""

    def __init__(self, adapter: Adapter, requests: int, answers: AnswerWriter) -> None:
        self._adapter = adapter
        self._answers = answers
        self._intake = Intake(requests, self._control)
        self._stand_in = StandIn(self._intake, answers)
        self._calls = Calls(answers.send, self._stand_in.hurry)
        self._loop: Any = None
        self._current: Optional[str] = None
        self._context: Optional[Context] = None
        self._cancelled: Set[str] = set()

    def run_hook(self, hook: Callable[[], Any]) -> None:
        """Runs setup() or teardown()."""
        returned = hook()
        if hasattr(returned, "__await__"):
            self._wait(returned)

    def serve(self) -> None:
        """Until the parent closes the pipe."""
        pending = self._intake.pending
        while self._read():
            while pending:
                self._serve_line(pending.popleft())

    def _read(self) -> bool:
        """Waits for more requests. False when there will be none."""
        self._answers.flush()
        self._cancelled.clear()
        intake = self._intake
        self._stand_in.rest()
        with intake.reading:
            while not intake.pending and not intake.ended:
                intake.read()
        self._stand_in.rise()
        return bool(intake.pending)

    def _serve_line(self, line: str) -> None:
        try:
            request = parse(line)[0]
            run_id = request["id"]
            algorithm = self._adapter.algorithms.get(request["algorithm"])
        except Exception as error:
            self._answers.hold(refusal_line(line, error))
            return
        answers = self._answers
        begun = time.perf_counter()
        if algorithm is None or algorithm.slowest > _HOLD_SECONDS or begun - answers.held_since > _HOLD_SECONDS:
            answers.flush()
        self._stand_in.begin()
        self._current = run_id
        try:
            answer = self._run(algorithm, run_id, request)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            answer = failed_line(run_id, error)
        finally:
            self._current = self._context = None
        if self._cancelled and run_id in self._cancelled:
            answer = cancelled_line(run_id)
        if algorithm is not None:
            algorithm.took(time.perf_counter() - begun)
        answers.hold(answer)

    def _run(self, algorithm: Optional[Algorithm], run_id: str, request: Dict[str, Any]) -> str:
        algorithm = check_request(algorithm, request)
        context: Optional[Context] = None
        if algorithm.needs_context:
            kind = AsyncContext if algorithm.is_async else Context
            context = self._context = kind(run_id, self._answers.send, self._calls)
        if self._cancelled and run_id in self._cancelled:
            return cancelled_line(run_id)
        if algorithm.is_async:
            return str(self._wait(run_async(algorithm, request, context, self._send_line)))
        return run_sync(algorithm, request, context, self._send_line, self._wait)

    def _send_line(self, line: str) -> None:
        self._answers.hold(line)
        self._answers.flush()

    def _wait(self, awaitable: Awaitable[Any]) -> Any:
        if self._loop is None:
            from .loop_thread import LoopThread

            self._loop = LoopThread()
        return self._loop.run(awaitable, self._current or "")

    def _control(self, document: Dict[str, Any]) -> None:
        """A cancel, or the answer to a call. Comes on the stand-in's thread while a run is on."""
        if "called" in document:
            self._calls.settle(document)
        elif "cancel" in document:
            self._cancel(document["cancel"])

    def _cancel(self, run_id: str) -> None:
        if self._intake.remove(run_id):
            self._answers.hold(cancelled_line(run_id))
            self._answers.flush()
            return
        self._cancelled.add(run_id)  # before the question: the main thread may just be beginning it
        if self._current == run_id:
            context, loop = self._context, self._loop
            if context is not None:
                context.signal.abort()
            if loop is not None:
                loop.cancel(run_id)
