"""The local Daraja as a WSGI application: a request out of the environ, an answer into it."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from wsgiref.util import request_uri

from daraja.wire import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["application"]

_MOST_DIGITS: Final = 9
_LARGEST_BODY: Final = 1_000_000


def application(handle: Callable[[HttpRequest], HttpResponse]) -> "WSGIApplication":
    """Make a WSGI application of whatever answers requests."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        response = handle(_request(environ))
        headers = {**response.headers, "Content-Length": str(len(response.body))}
        start_response(f"{response.status} {HTTPStatus(response.status).phrase}", list(headers.items()))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]

    return answer


def _request(environ: "WSGIEnvironment") -> HttpRequest:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").title(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_") or name == "CONTENT_TYPE"
    }
    length = str(environ.get("CONTENT_LENGTH", ""))
    size = int(length) if length.isdecimal() and len(length) <= _MOST_DIGITS else 0
    body = environ["wsgi.input"].read(min(size, _LARGEST_BODY))
    return HttpRequest(environ["REQUEST_METHOD"], request_uri(environ), headers, body)
