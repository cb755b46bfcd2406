"""Serves several requests at the same time: async functions on the main thread's loop, others in threads."""

from __future__ import annotations

import asyncio
from typing import Any, Awaitable, Callable, Dict, Optional

from .adapter import Adapter
from .algorithm import Algorithm
from .answers import AnswerWriter, is_parent_gone, leave_orphaned
from .calls import Calls
from .context import AsyncContext, Context
from .intake import Intake, parse
from .runs import cancelled_line, check_request, failed_line, refusal_line, run_async, run_sync
from .stdio import Output, current_run
from .workers import Workers


class _Run:
    """A request that is being run."""

    def __init__(self, run_id: str, request: Dict[str, Any], context: Context) -> None:
        self.id = run_id
        self.request = request
        self.context = context
        self.task: "Optional[asyncio.Task[str]]" = None


class ConcurrentServer:
    """Begins requests in their order, `concurrency` of them at a time."""

    def __init__(self, adapter: Adapter, requests: int, answers: AnswerWriter, output: Output) -> None:
        self._adapter = adapter
        self._answers = answers
        self._intake = Intake(requests, self._control)
        self._calls = Calls(answers.send, lambda: None)
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self._workers = Workers(adapter.concurrency)
        self._runs: Dict[str, _Run] = {}
        self._flushing = False
        self._output = output
        output.attribute(answers.send)

    def run_hook(self, hook: Callable[[], Any]) -> None:
        """Runs setup() or teardown()."""
        returned = hook()
        if hasattr(returned, "__await__"):
            self._loop.run_until_complete(returned)

    def serve(self) -> None:
        """Until the parent has closed the pipe and every request is answered."""
        self._loop.add_reader(self._intake.descriptor, self._read)
        self._loop.run_forever()
        self._answers.flush()

    def _read(self) -> None:
        self._intake.read()
        if self._intake.ended:
            self._loop.remove_reader(self._intake.descriptor)
            self._watch_parent()
        self._begin_pending()

    def _watch_parent(self) -> None:
        """After the last request: ends runs whose answers nobody can read."""
        descriptor = self._answers.descriptor

        def check() -> None:
            if is_parent_gone(descriptor):
                leave_orphaned()

        try:
            self._loop.add_reader(descriptor, check)
        except PermissionError:  # a plain file, which nobody can hang up
            pass

    def _begin_pending(self) -> None:
        pending = self._intake.pending
        while pending and len(self._runs) < self._adapter.concurrency:
            self._begin(pending.popleft())
        if self._intake.ended and not self._runs and not pending:
            self._loop.stop()

    def _begin(self, line: str) -> None:
        try:
            request = parse(line)[0]
            run_id = request["id"]
            algorithm = self._adapter.algorithms.get(request["algorithm"])
        except Exception as error:
            self._answer(refusal_line(line, error))
            return
        try:
            self._start(check_request(algorithm, request), run_id, request)
        except Exception as error:
            self._answer(failed_line(run_id, error))

    def _start(self, algorithm: Algorithm, run_id: str, request: Dict[str, Any]) -> None:
        kind = AsyncContext if algorithm.is_async else Context
        run = self._runs[run_id] = _Run(run_id, request, kind(run_id, self._answers.send, self._calls))
        if algorithm.is_async:
            run.task = self._loop.create_task(self._run_async(algorithm, run))
            run.task.add_done_callback(lambda task: self._end(run, _outcome_of(run_id, task)))
        else:
            self._workers.submit(lambda: self._run_sync(algorithm, run))

    async def _run_async(self, algorithm: Algorithm, run: _Run) -> str:
        current_run.set(run.id)
        return await run_async(algorithm, run.request, run.context, self._send_line)

    def _run_sync(self, algorithm: Algorithm, run: _Run) -> None:
        """On a worker's thread."""
        current_run.set(run.id)
        try:
            answer = run_sync(algorithm, run.request, run.context, self._send_line, self._wait)
        except (SystemExit, KeyboardInterrupt) as error:
            self._loop.call_soon_threadsafe(_reraise, error)
            return
        except BaseException as error:
            answer = failed_line(run.id, error)
        finally:
            current_run.set(None)
        self._loop.call_soon_threadsafe(self._end, run, answer)

    def _wait(self, awaitable: Awaitable[Any]) -> Any:
        """A worker's thread waits for a coroutine, which runs on the loop."""

        async def finish() -> Any:
            return await awaitable

        return asyncio.run_coroutine_threadsafe(finish(), self._loop).result()

    def _end(self, run: _Run, answer: Optional[str]) -> None:
        del self._runs[run.id]
        if run.context.signal.aborted:
            answer = cancelled_line(run.id)
        if answer is not None:
            self._output.finish(run.id)
            self._answer(answer)
        self._begin_pending()

    def _answer(self, line: str) -> None:
        """Answers that become ready in the same turn of the loop go in one write."""
        self._answers.hold(line)
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        self._answers.flush()

    def _send_line(self, line: str) -> None:
        self._answers.hold(line)
        self._answers.flush()

    def _control(self, document: Dict[str, Any]) -> None:
        if "called" in document:
            self._calls.settle(document)
        elif "cancel" in document:
            self._cancel(document["cancel"])

    def _cancel(self, run_id: str) -> None:
        run = self._runs.get(run_id)
        if run is not None:
            run.context.signal.abort()
            if run.task is not None:
                run.task.cancel()
        elif self._intake.remove(run_id):
            self._answer(cancelled_line(run_id))


def _outcome_of(run_id: str, task: "asyncio.Task[str]") -> Optional[str]:
    """The answer; none when the task ends the process."""
    if task.cancelled():
        return cancelled_line(run_id)
    error = task.exception()
    if error is None:
        return task.result()
    return None if isinstance(error, (SystemExit, KeyboardInterrupt)) else failed_line(run_id, error)


def _reraise(error: BaseException) -> None:
    raise error
