"""A shop as a web server loads it. It reports its progress, and its hook waits for the test."""

import os
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from sqlalchemy import Connection

from daraja import AsyncCheckout, AsyncDaraja, Checkout, Config, Daraja
from daraja.payments.model import Payment
from daraja.stores.sql import SqlStore
from daraja.system.fork_local import ForkLocal

Message = dict[str, Any]  # Any: ASGI's


class Shop:
    """Takes payments. It is made before a fork and, with --preload, before gevent patches the process."""

    def __init__(self) -> None:
        self.store: Final = SqlStore(os.environ["SHOP_DATABASE"], on_success=self.fulfil)
        # These are made in the worker, not in the gunicorn that makes the shop before it forks.
        self._go_on: Final = ForkLocal(threading.Event)
        self._counts: Final = ForkLocal(Counter[str])

    def fulfil(self, _: Connection, __: Payment) -> None:
        """Wait for the test, in the middle of a transaction."""
        self.count("hooks")
        if not self._go_on.get().wait(20):
            self.count("blocked hooks")

    def count(self, what: str) -> None:
        """Count the events of this process."""
        self._counts.get()[what] += 1

    def control(self, path: str) -> str:
        """Answer at once, which proves that the worker is not blocked."""
        if path == "/go-on":
            self._go_on.get().set()
        return " ".join(f"{number} {name}" for name, number in sorted(self._counts.get().items()))


def make_wsgi() -> Callable[..., Iterable[bytes]]:
    """Return the shop as a WSGI application."""
    shop = Shop()
    checkout = Checkout(Daraja(Config.from_env()), shop.store)

    def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:  # Any: WSGI's
        path, status, text = environ["PATH_INFO"], 200, ""
        if path == "/pay":
            shop.count("payments")
            text = checkout.start(phone=environ["QUERY_STRING"], amount=1, reference="A").status
        elif path.startswith("/callback/"):
            shop.count("callbacks")
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            status = checkout.receive(body, token=path.removeprefix("/callback/")).status_code
        else:
            text = shop.control(path)
        start_response(f"{status} Answered", [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
        return [text.encode()]

    return application


def make_asgi() -> Callable[..., Awaitable[None]]:
    """Return the shop as an ASGI application."""
    shop = Shop()
    checkout = AsyncCheckout(AsyncDaraja(Config.from_env()), shop.store)

    async def application(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        path, status, text = scope["path"], 200, ""
        if path == "/pay":
            shop.count("payments")
            text = (await checkout.start(phone=scope["query_string"].decode(), amount=1, reference="A")).status
        elif path.startswith("/callback/"):
            shop.count("callbacks")
            body = (await receive())["body"]
            status = (await checkout.receive(body, token=path.removeprefix("/callback/"))).status_code
        else:
            text = shop.control(path)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": text.encode()})

    return application
