"""One request: from its document to the lines that answer it."""

from __future__ import annotations

import types
from json.encoder import encode_basestring
from typing import Any, AsyncIterator, Awaitable, Callable, Dict, Iterator, List, Optional

from .algorithm import Algorithm
from .context import Context
from .errors import Cancelled
from .failures import describe_exception, failure, invalid_input
from .hints import Mismatch
from .intake import complain_of, find_id
from .json_text import Unsendable, encode


def result_line(algorithm: Algorithm, run_id: str, value: Any) -> str:
    """The answer of a run that ended well. Raises Unsendable."""
    if algorithm.finish is not None:
        value = algorithm.finish(value)
    return f'{{"id":{encode_basestring(run_id)},"result":{encode(value)}}}\n'


def error_line(run_id: str, error: Dict[str, Any]) -> str:
    """The answer of a run that failed."""
    return f'{{"id":{encode_basestring(run_id)},"error":{encode(error)}}}\n'


def cancelled_line(run_id: str) -> str:
    """The answer of a run that was cancelled before or while it ran."""
    return error_line(run_id, failure("Cancelled", str(Cancelled())))


def failed_line(run_id: str, error: BaseException) -> str:
    """The answer for whatever a run raised."""
    if isinstance(error, Mismatch):
        return error_line(run_id, invalid_input(error))
    if isinstance(error, Unsendable):
        return error_line(run_id, _invalid_output(error))
    return error_line(run_id, describe_exception(error))


def refusal_line(line: str, error: Exception) -> str:
    """The answer for a line that is no request; nothing when it does not even tell whose it would be."""
    run_id = find_id(line)
    if run_id is None:
        complain_of(line, error)
        return ""
    return error_line(run_id, failure("InvalidInput", f"The request cannot be read: {type(error).__name__}: {error}"))


def check_request(algorithm: Optional[Algorithm], request: Dict[str, Any]) -> Algorithm:
    """The algorithm, when the request fits it. Raises Mismatch."""
    if algorithm is None:
        raise Mismatch(f"there is no algorithm {request.get('algorithm')!r} here")
    if "batch" in request and not algorithm.is_batch:
        raise Mismatch(f"{algorithm.name} takes one input at a time, not a batch")
    if type(request.get("args")) is not dict and "batch" not in request:
        raise Mismatch("expected the arguments as an object")
    return algorithm


class Batch:
    """The inputs of one call of a batch function; those that do not fit never reach it."""

    def __init__(self, algorithm: Algorithm, request: Dict[str, Any]) -> None:
        self._algorithm = algorithm
        self._single = "batch" not in request
        self._outcomes: List[Optional[Dict[str, Any]]] = []
        self.inputs: List[Any] = []
        for given in [request["args"]] if self._single else request["batch"]:
            self._take(given)

    def _take(self, given: Any) -> None:
        assert self._algorithm.decode_item is not None
        try:
            self.inputs.append(self._algorithm.decode_item(given))
            self._outcomes.append(None)
        except Mismatch as mismatch:
            self._outcomes.append(invalid_input(mismatch))

    def line(self, run_id: str, returned: Any) -> str:
        """The answer: one result or error for each input."""
        if not isinstance(returned, (list, tuple)) or len(returned) != len(self.inputs):
            got = f"{len(returned)} results" if isinstance(returned, (list, tuple)) else type(returned).__name__
            name, wanted = self._algorithm.name, len(self.inputs)
            message = f"batch_{name} must return a list with one result for each of its {wanted} inputs, got {got}"
            return error_line(run_id, failure("InvalidOutput", message))
        results = iter(returned)
        texts = [self._item_text(outcome, results) for outcome in self._outcomes]
        if self._single:
            return f'{{"id":{encode_basestring(run_id)},{texts[0]}}}\n'
        joined = ",".join("{" + text + "}" for text in texts)
        return f'{{"id":{encode_basestring(run_id)},"results":[{joined}]}}\n'

    def _item_text(self, refused: Optional[Dict[str, Any]], results: Iterator[Any]) -> str:
        if refused is not None:
            return f'"error":{encode(refused)}'
        value = next(results)
        if isinstance(value, BaseException):
            return f'"error":{encode(describe_exception(value))}'
        try:
            return f'"result":{encode(self._algorithm.finish(value) if self._algorithm.finish else value)}'
        except Unsendable as error:
            return f'"error":{encode(_invalid_output(error))}'


def _invalid_output(error: Unsendable) -> Dict[str, Any]:
    return failure("InvalidOutput", f"The result cannot be sent: {error}")


def run_sync(
    algorithm: Algorithm,
    request: Dict[str, Any],
    context: Optional[Context],
    send: Callable[[str], None],
    wait: Callable[[Awaitable[Any]], Any],
) -> str:
    """Runs a function to its end and returns the line that answers; chunks go to `send`.

    `wait` gets the result of a coroutine, which a decorated function may return unannounced.
    """
    run_id = request["id"]
    if algorithm.is_batch:
        batch = Batch(algorithm, request)
        returned = algorithm.call_batch(batch.inputs, context) if batch.inputs else []
        return batch.line(run_id, wait(returned) if type(returned) is types.CoroutineType else returned)
    value = algorithm.call(algorithm.bind(request["args"]), context)
    if type(value) is types.CoroutineType:
        value = wait(value)
    if not algorithm.is_stream:
        return result_line(algorithm, run_id, value)
    assert context is not None
    for chunk in _closing(value):
        context.signal.throw_if_aborted()
        send(_chunk_line(algorithm, run_id, chunk))
    return _stream_end(run_id)


async def run_async(
    algorithm: Algorithm, request: Dict[str, Any], context: Optional[Context], send: Callable[[str], None]
) -> str:
    """The same for async functions and async generators."""
    run_id = request["id"]
    if algorithm.is_batch:
        batch = Batch(algorithm, request)
        return batch.line(run_id, await algorithm.call_batch(batch.inputs, context) if batch.inputs else [])
    if context is not None:
        context.signal.throw_if_aborted()
    value = algorithm.call(algorithm.bind(request["args"]), context)
    if hasattr(value, "__await__"):
        value = await value
    if not algorithm.is_stream:
        return result_line(algorithm, run_id, value)
    assert context is not None
    async for chunk in _as_async(value):
        context.signal.throw_if_aborted()
        send(_chunk_line(algorithm, run_id, chunk))
    return _stream_end(run_id)


def _stream_end(run_id: str) -> str:
    return f'{{"id":{encode_basestring(run_id)},"result":null}}\n'


def _chunk_line(algorithm: Algorithm, run_id: str, chunk: Any) -> str:
    if algorithm.finish is not None:
        chunk = algorithm.finish(chunk)
    return f'{{"id":{encode_basestring(run_id)},"chunk":{encode(chunk)}}}\n'


def _closing(chunks: Any) -> Iterator[Any]:
    """The chunks; the generator is closed however its use ends."""
    try:
        yield from chunks
    finally:
        if hasattr(chunks, "close"):
            chunks.close()


async def _as_async(chunks: Any) -> AsyncIterator[Any]:
    try:
        if hasattr(chunks, "__aiter__"):
            async for chunk in chunks:
                yield chunk
        else:
            for chunk in chunks:
                yield chunk
    finally:
        if hasattr(chunks, "aclose"):
            await chunks.aclose()
