"""The program: describes the project in the working directory, or serves it."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
from typing import TYPE_CHECKING, List, NoReturn, Union

from .adapter import Adapter, import_adapter, prepare_path, read_adapter
from .answers import AnswerWriter, flush_output
from .failures import format_stack
from .json_text import to_bytes
from .serial_server import SerialServer
from .signature import Invalid
from .stdio import Output, open_answers, refuse, take_requests

if TYPE_CHECKING:
    from .concurrent_server import ConcurrentServer

PROTOCOL = 2
_LIBRARY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Terminated(SystemExit):
    """SIGTERM came."""


def main(arguments: List[str]) -> int:
    """Returns the exit code."""
    is_classic = arguments[:1] == ["--classic"] and len(arguments) == 2
    answers = None if is_classic and not os.environ.get("ALGOOUT") else open_answers()
    requests = take_requests()
    output = Output()
    faulthandler.enable()  # a crash in native code says where it was
    if is_classic:
        from .classic import serve_classic

        prepare_path(_LIBRARY)
        return serve_classic(arguments[1], requests, answers)
    if answers is None:
        refuse("runyard: this program is started by Runyard, which says in ALGOOUT where answers go")
    if arguments == ["--describe"]:
        _describe(answers)
    if arguments:
        refuse(f"usage: python pipe.py [--describe | --classic SOURCE], got {' '.join(arguments)}")
    prepare_path(_LIBRARY)
    return _serve(requests, AnswerWriter(answers), output)


def _describe(answers: int) -> NoReturn:
    from .describe import describe  # before the project's folder could hide what it imports

    prepare_path(_LIBRARY)
    _write(answers, json.dumps(describe(), ensure_ascii=False))
    os._exit(0)  # threads that the adapter left running could hold the end up


def _serve(requests: int, answers: AnswerWriter, output: Output) -> int:
    try:
        adapter = read_adapter(import_adapter())
        server = _create_server(adapter, requests, answers, output)
        if adapter.setup is not None:
            server.run_hook(adapter.setup)
    except Invalid as invalid:
        refuse("\n".join(f"{problem.file}:{problem.line}: {problem.message}" for problem in invalid.problems))
    except Exception as error:
        return _fail(error)
    _announce(adapter)
    try:
        _tear_down_on_sigterm(adapter)
        server.serve()
    except Terminated as error:
        _tear_down(adapter, server)
        _leave(answers, error)
    except (SystemExit, KeyboardInterrupt) as error:
        _leave(answers, error)
    return _tear_down(adapter, server)


def _create_server(
    adapter: Adapter, requests: int, answers: AnswerWriter, output: Output
) -> "Union[SerialServer, ConcurrentServer]":
    if adapter.concurrency == 1:
        return SerialServer(adapter, requests, answers)
    from .concurrent_server import ConcurrentServer  # brings asyncio, which few adapters need

    return ConcurrentServer(adapter, requests, answers, output)


def _tear_down_on_sigterm(adapter: Adapter) -> None:
    """Without anything to tear down the signal's own effect is better: it works whatever blocks the process."""

    def terminate(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        raise Terminated(143)

    if adapter.teardown is not None and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, terminate)


def _announce(adapter: Adapter) -> None:
    """The line that says the pipe is ready, apart from whatever the adapter prints."""
    ready = {
        "protocol": PROTOCOL,
        "algorithms": adapter.descriptors,
        "concurrency": adapter.concurrency,
        "answers": "plain",
    }
    # A line of its own even when the adapter has not ended its last one.
    _write(1, "\nPIPE_INIT_COMPLETE " + json.dumps(ready, ensure_ascii=False, separators=(",", ":")))


def _tear_down(adapter: Adapter, server: "Union[SerialServer, ConcurrentServer]") -> int:
    try:
        if adapter.teardown is not None:
            server.run_hook(adapter.teardown)
    except Exception as error:
        return _fail(error)
    flush_output()
    return 0


def _fail(error: BaseException) -> int:
    sys.stderr.write(format_stack(error))
    flush_output()
    return 1


def _leave(answers: AnswerWriter, error: BaseException) -> NoReturn:
    """A run ended the process. At once: threads and atexit handlers could hold it up for ever."""
    answers.flush()
    code = error.code if isinstance(error, SystemExit) else 130
    if code is not None and not isinstance(code, int):
        sys.stderr.write(f"{code}\n")
        code = 1
    flush_output()
    os._exit((code or 0) & 0xFF)


def _write(descriptor: int, line: str) -> None:
    flush_output()
    data = memoryview(to_bytes(line + "\n"))
    while data:
        data = data[os.write(descriptor, data) :]
