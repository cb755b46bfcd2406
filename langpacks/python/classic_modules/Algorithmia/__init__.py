"""Calls other algorithms: `Algorithmia.client().algo("user/name").pipe(input).result`.

Stands in for the package of that name where a project does not bring it. ALGORITHMIA_API and ALGORITHMIA_API_KEY say where
and as whom; an algorithm that runs here is given both.
"""

from __future__ import annotations

import base64
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Dict, Optional


class AlgorithmException(Exception):
    """The algorithm that was called failed. `message`, `error_type` and `stack_trace` say how."""

    def __init__(
        self, message: str, stack_trace: Optional[str] = None, error_type: Optional[str] = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.stack_trace = stack_trace
        self.error_type = error_type


class Metadata:
    """What is told of a call beside its result."""

    def __init__(self, metadata: Dict[str, Any]) -> None:
        self.content_type: Optional[str] = metadata.get("content_type")
        #: Seconds.
        self.duration: Optional[float] = metadata.get("duration")
        self.stdout: Optional[str] = metadata.get("stdout")


class AlgoResponse:
    """The end of a call that went well."""

    def __init__(self, result: Any, metadata: Metadata) -> None:
        self.result = result
        self.metadata = metadata

    def __repr__(self) -> str:
        return f"AlgoResponse(result={self.result!r}, metadata={self.metadata.__dict__!r})"


class Algorithm:
    """An algorithm to be called."""

    def __init__(self, client: "Client", name: str) -> None:
        self.client = client
        self.path = name[len("algo://") :] if name.startswith("algo://") else name.lstrip("/")
        self.query: Dict[str, Any] = {}

    def set_options(self, timeout: int = 300, **others: Any) -> "Algorithm":
        """Sets the longest time of the call, in seconds; other options are passed on."""
        self.query = {"timeout": timeout, **others}
        return self

    def pipe(self, value: Any) -> AlgoResponse:
        """Calls it and waits. Raises AlgorithmException when it fails."""
        kind, body = _encode(value)
        query = f"?{urllib.parse.urlencode(self.query)}" if self.query else ""
        url = f"{self.client.api_address}/v1/algo/{urllib.parse.quote(self.path)}{query}"
        headers = {"Content-Type": kind, "Authorization": f"Simple {self.client.api_key}"}
        document = _send(urllib.request.Request(url, data=body, headers=headers, method="POST"))
        if "error" in document:
            error = document["error"]
            raise AlgorithmException(error.get("message"), error.get("stacktrace"), error.get("error_type"))
        metadata = Metadata(document["metadata"])
        return AlgoResponse(_decode(document["result"], metadata), metadata)


class Client:
    """Where algorithms are called, and as whom."""

    def __init__(self, api_key: Optional[str] = None, api_address: Optional[str] = None) -> None:
        self.api_key = api_key or os.environ.get("ALGORITHMIA_API_KEY", "")
        address = api_address or os.environ.get("ALGORITHMIA_API")
        if not address:
            raise AlgorithmException("Nobody says where algorithms are called: set ALGORITHMIA_API to the gateway")
        self.api_address = address.rstrip("/")

    def algo(self, name: str) -> Algorithm:
        """An algorithm by `user/name`."""
        return Algorithm(self, name)


def client(api_key: Optional[str] = None, api_address: Optional[str] = None) -> Client:
    """A client with what is given, else with what the environment says."""
    return Client(api_key, api_address)


def algo(name: str) -> Algorithm:
    """An algorithm of the client that the environment describes."""
    return client().algo(name)


def _encode(value: Any) -> "tuple[str, bytes]":
    if isinstance(value, (bytes, bytearray)):
        return "application/octet-stream", bytes(value)
    if isinstance(value, str):
        return "text/plain", value.encode("utf-8")
    return "application/json", json.dumps(value).encode("utf-8")


def _decode(result: Any, metadata: Metadata) -> Any:
    return bytearray(base64.b64decode(result)) if metadata.content_type == "binary" else result


def _send(request: urllib.request.Request) -> Dict[str, Any]:
    try:
        with urllib.request.urlopen(request) as response:
            return dict(json.load(response))
    except urllib.error.HTTPError as refused:
        text = refused.read().decode("utf-8", "replace")
        try:
            return dict(json.loads(text))
        except ValueError:
            raise AlgorithmException(f"{request.full_url} answered {refused.code}: {text[:200]}") from refused
    except urllib.error.URLError as unreachable:
        raise AlgorithmException(f"{request.full_url} was not reached: {unreachable.reason}") from unreachable
