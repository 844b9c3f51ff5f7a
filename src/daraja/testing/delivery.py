"""Delivers callbacks to a shop in the same process: to a framework's test client, or to the checkout itself."""

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any, Final, cast
from urllib.parse import urlsplit

from daraja.api.addresses import TOKEN
from daraja.http.messages import HttpRequest
from daraja.simulator.callback_queue import CallbackReply
from daraja.testing.run_async import run_async

_BODIES: Final = ("content", "data", "body")
"""Where a response has its body: those of Django and httpx, Flask's, the reply of a checkout."""

_TAKEN: Final = range(200, 300)
_TELLING: Final = {"HTTP_AUTHORIZATION", "HTTP_COOKIE"}
"""Headers that a test client of Django may have been told to send with every request."""
_HINTS: Final[Mapping[int, str]] = {
    401: "Safaricom never logs in: let the view take requests from anybody, since the address is signed",
    403: "Safaricom has neither a login nor a CSRF token: exempt the view from both, since the address is signed",
    404: "no route of the shop takes this path, or its own configuration did not sign it (other callback secrets, "
    "shortcode or environment)",
    405: "the view of this path takes no POST",
    415: "the view takes no application/json",
}
_REDIRECTED: Final = "Safaricom follows no redirect: the callback address is the route itself, its last slash included"
_FAILED: Final = "a callback has to be answered with a success, since Safaricom never calls again"


def deliver_to(target: Any) -> Callable[[HttpRequest], str]:  # noqa: ANN401 - any client
    """Return a function that delivers a simulator's callbacks to a shop.

    Give it to ``daraja_deliver`` or ``MountedDaraja(deliver=)``.
    They come as Safaricom sends them: without a login, cookies or a CSRF token, whatever the test client has, and over
    HTTPS if their address says so. So a view that is not exempt from these fails here and not in production. The
    shop has to answer with a success, since Safaricom never calls again.

    Args:
        target: A test client of Django, Django REST framework, Flask, FastAPI or Starlette, or a ``Checkout``,
            ``Payouts``, ``Receipts`` or their async forms, which are called in an event loop of their own. Or several
            of them, by the beginning of the paths that each takes: ``{"/payments/": checkout, "/results/": payouts}``.
            The longest one counts.

    Returns:
        A function that posts a callback to the path of its address and returns a few words for the simulator's log.
        It raises ``AssertionError``, with the likely reason, if the answer is no success.

    Raises:
        ValueError: If *target* is none of them.
    """
    post = _poster(target)

    def deliver(callback: HttpRequest) -> str:
        __tracebackhide__ = True
        response = post(callback)
        status: int = response.status_code
        if status not in _TAKEN:
            shown = TOKEN.sub("<token>", path_of(callback))
            raise AssertionError(f"the shop answered the callback to {shown} with HTTP {status}: {_hint(status)}")
        return CallbackReply(f"answered HTTP {status}", _body_of(response))

    return deliver


def send_to(target: Any, callback: HttpRequest) -> Any:  # noqa: ANN401 - any client, and that client's own response
    """Post one callback to a shop, as ``deliver_to`` takes it, and return the response, of any status.

    Raises:
        ValueError: If *target* is none of that.
    """
    return _poster(target)(callback)


def path_of(callback: HttpRequest) -> str:
    """Return the path of a callback's address with its query, as a test client takes it."""
    return urlsplit(callback.url)._replace(scheme="", netloc="").geturl() or "/"


def token_of(callback: HttpRequest) -> str | None:
    """Return the signed segment of a callback's address, or None for an address that is not signed."""
    segment = urlsplit(callback.url).path.rstrip("/").rpartition("/")[2]
    return segment if TOKEN.fullmatch(segment) else None


def _body_of(response: Any) -> bytes:  # noqa: ANN401 - that of any client
    """Return the body of the shop's answer; to a validation of C2B it says yes or no."""
    body: object = next((getattr(response, name) for name in _BODIES if hasattr(response, name)), b"")
    return body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else b""


def _scheme_of(callback: HttpRequest) -> str:
    return urlsplit(callback.url).scheme


def _hint(status: int) -> str:
    if status in range(300, 400):
        return _REDIRECTED
    return _HINTS.get(status, _FAILED)


# Each framework's client is known by its name, so that none of them is imported.


def _by_django(client: Any, callback: HttpRequest) -> Any:  # noqa: ANN401 - of a framework that need not be there
    stranger = copy(client)
    stranger.handler = type(client.handler)(enforce_csrf_checks=True)
    stranger.cookies = type(client.cookies)()
    stranger.defaults = {name: value for name, value in client.defaults.items() if name not in _TELLING}
    if hasattr(stranger, "credentials"):  # of Django REST framework
        stranger.credentials()
    content_type = callback.headers["Content-Type"]
    return stranger.post(
        path_of(callback), data=callback.body, content_type=content_type, secure=_scheme_of(callback) == "https"
    )


def _by_flask(client: Any, callback: HttpRequest) -> Any:  # noqa: ANN401 - as above
    stranger = client.application.test_client(use_cookies=False)
    headers, scheme = dict(callback.headers), _scheme_of(callback)
    return stranger.post(path_of(callback), data=callback.body, headers=headers, url_scheme=scheme)


def _by_starlette(client: Any, callback: HttpRequest) -> Any:  # noqa: ANN401 - as above
    return _by_httpx(client, callback, scheme=_scheme_of(callback))


def _by_httpx(client: Any, callback: HttpRequest, scheme: str | None = None) -> Any:  # noqa: ANN401 - as above
    # The same client, as the application's life may be tied to it; but nothing that would tell who it is. One that is
    # not of a framework may talk to a real server, whose scheme is the client's own.
    base = client.base_url
    address = base.copy_with(scheme=scheme or base.scheme, raw_path=path_of(callback).encode())
    request = client.build_request("POST", address, content=callback.body, headers=dict(callback.headers))
    for name in ("Authorization", "Cookie"):
        request.headers.pop(name, None)
    return client.send(request, auth=None, follow_redirects=False)


def _by_checkout(checkout: Any, callback: HttpRequest) -> Any:  # noqa: ANN401 - a Checkout, or what stands in for one
    return run_async(checkout.receive(callback.body, token=token_of(callback)))


_POSTERS: Final[Mapping[str, Callable[[Any, HttpRequest], Any]]] = {
    "django.test.client.Client": _by_django,
    "flask.testing.FlaskClient": _by_flask,
    "starlette.testclient.TestClient": _by_starlette,
    "httpx.Client": _by_httpx,
    "httpx2.Client": _by_httpx,
    "daraja.checkout.Checkout": _by_checkout,
    "daraja.aio.checkout.AsyncCheckout": _by_checkout,
    "daraja.payouts.Payouts": _by_checkout,
    "daraja.aio.payouts.AsyncPayouts": _by_checkout,
    "daraja.receipts.Receipts": _by_checkout,
    "daraja.aio.receipts.AsyncReceipts": _by_checkout,
}


def _by_path(posters: Mapping[str, Callable[[HttpRequest], Any]]) -> Callable[[HttpRequest], Any]:
    def post(callback: HttpRequest) -> Any:  # noqa: ANN401 - as above
        path = path_of(callback)
        prefix = max((known for known in posters if path.startswith(known)), key=len, default=None)
        if prefix is None:
            raise AssertionError(f"no target takes {TOKEN.sub('<token>', path)}; known are {', '.join(posters)}")
        return posters[prefix](callback)

    return post


def _poster(target: Any) -> Callable[[HttpRequest], Any]:  # noqa: ANN401 - as in deliver_to
    if isinstance(target, Mapping):
        targets = cast("Mapping[str, object]", target)
        return _by_path({prefix: _poster(each) for prefix, each in targets.items()})
    for kind in type(target).__mro__:
        post = _POSTERS.get(f"{kind.__module__}.{kind.__qualname__}")
        if post is not None:
            return lambda callback: post(target, callback)
    raise ValueError(
        f"callbacks cannot be delivered to {type(target).__name__}; give the test client of Django, Django REST "
        "framework, Flask, FastAPI or Starlette, or Checkout, Payouts or Receipts; for anything else post "
        "callback.body to callback.path"
    )
