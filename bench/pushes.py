"""The cost of a push, compared with the bare request that it sends."""

from functools import partial
from typing import Final

import requests

from bench.figures import Figure, count, medians, ratio, seconds
from bench.lean_daraja import LeanDaraja
from daraja import Daraja, StkPushResponse, __version__
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.testing import sample_config
from daraja.transports.requests import RequestsTransport

__all__ = ["ask", "measure", "what_a_push_sends"]


def ask(daraja: Daraja, /) -> StkPushResponse:
    """Send a push."""
    return daraja.stk_push(phone="0712 345 678", amount=500, reference="ORD-2026-001", description="Laundry")


def measure(*, quick: bool) -> list[Figure]:
    """Compare pushes on a warm token with bare posts of the same headers and body to the same server."""
    with (
        LeanDaraja() as server,
        Daraja(sample_config(base_url=server.base_url)) as daraja,
        requests.Session() as session,
    ):
        request = what_a_push_sends(server.base_url)
        session.headers.clear()
        session.headers.update({"User-Agent": f"daraja-kit/{__version__}", **request.headers})
        post = partial(session.post, request.url, data=request.body)
        if post().status_code != requests.codes.ok:
            message = "the bare post was refused"
            raise OSError(message)
        before = server.seen()
        pushing, posting = medians(
            100 if quick else 3_000, partial(seconds, partial(ask, daraja)), partial(seconds, post)
        )
        seen = server.seen() - before
    return [
        ratio("push on a warm token", pushing, posting, "Session.post of the same bytes", at_most=1.15),
        count("connections for pushes", seen["connections"], f"{seen['push'] // 2:,} pushes and a token", exactly=1),
    ]


def what_a_push_sends(base_url: str, /) -> HttpRequest:
    """Return the request of a push, with its token."""
    recorder = _Recorder()
    ask(Daraja(sample_config(base_url=base_url), transport=recorder))
    recorder.transport.close()
    return recorder.last


class _Recorder:
    """A transport that keeps the last request."""

    last: HttpRequest

    def __init__(self) -> None:
        self.transport: Final = RequestsTransport()

    def send(self, request: HttpRequest, /) -> HttpResponse:
        self.last = request
        return self.transport.send(request)
