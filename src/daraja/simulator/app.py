"""The local Daraja as a WSGI application: a request out of the environ, an answer into it."""

import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from wsgiref.util import request_uri

from daraja.http.messages import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["application", "body_size"]

_SIZE: Final = re.compile("[0-9]{1,6}")


def application(handle: Callable[[HttpRequest], HttpResponse | None]) -> "WSGIApplication":
    """Make a WSGI application of whatever answers requests.

    Where it answers None, the application raises ``ConnectionAbortedError``: the connection shall end without a byte.
    """

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        response = handle(_request(environ))
        if response is None:
            raise ConnectionAbortedError
        headers = {**response.headers, "Content-Length": str(len(response.body))}
        start_response(f"{response.status} {HTTPStatus(response.status).phrase}", list(headers.items()))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]

    return answer


def body_size(length: str) -> int | None:
    """Read a Content-Length; None for one that is senseless or larger than any request to Daraja."""
    return int(length) if _SIZE.fullmatch(length) else None


def _request(environ: "WSGIEnvironment") -> HttpRequest:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").title(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_") or name == "CONTENT_TYPE"
    }
    length = str(environ.get("CONTENT_LENGTH", ""))
    body = environ["wsgi.input"].read(body_size(length) or 0)
    return HttpRequest(environ["REQUEST_METHOD"], request_uri(environ), headers, body)
