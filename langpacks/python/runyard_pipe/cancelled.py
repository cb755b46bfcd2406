"""The error that ends a cancelled run."""

from __future__ import annotations


class Cancelled(Exception):
    """The run was cancelled, or its time is over: nobody waits for its result any more."""

    def __init__(self, message: str = "The run was cancelled") -> None:
        super().__init__(message)


class CallFailed(Exception):
    """An algorithm that `ctx.call` ran gave an error; `error_type` is the name of its own exception."""

    def __init__(self, algorithm: str, error: "dict[str, object]") -> None:
        self.algorithm = algorithm
        self.error_type = str(error.get("error_type", "AlgorithmError"))
        self.error = error
        super().__init__(f"{algorithm} failed with {self.error_type}: {error.get('message', '')}")
