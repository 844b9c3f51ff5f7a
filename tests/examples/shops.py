"""A browser at one of the small shops, in whichever framework that is written."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

import attrs
from sqlalchemy import Engine as Database
from sqlalchemy import text

from daraja import Order, Payment
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator import Engine
from daraja.stores.sql import StoreFailed
from daraja.testing import MountedDaraja

__all__ = ["Answer", "Browser", "BusyEngine", "FailingOnce", "OpenShop", "Send", "pushes", "queries"]


@attrs.frozen
class Answer:
    """What a shop answered.

    Args:
        status: The HTTP status.
        text: The body.
        headers: The headers, their names in lower case.
    """

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def heading(self) -> str:
        """The page's heading."""
        return self._text_of("<h1>(.*?)</h1>")

    @property
    def words(self) -> str:
        """What the page says of the order."""
        return self._text_of('<p id="words"[^>]*>(.*?)</p>')

    @property
    def notice(self) -> str:
        """What the page says was wrong."""
        return self._text_of('role="alert">(.*?)</p>')

    @property
    def by_hand(self) -> tuple[str, str, str] | None:
        """The pay bill, the account and the amount that the page shows; None where it shows none."""
        found = re.search(r"pay bill (\d+), account (\d+), KES (\d+)$", self._text_of('<p id="by-hand">(.*?)</p>'))
        return None if found is None else (found[1], found[2], found[3])

    def _text_of(self, pattern: str) -> str:
        found = re.search(pattern, self.text, re.DOTALL)
        return "" if found is None else " ".join(re.sub("<.*?>", "", found[1]).split())

    @property
    def after(self) -> str | None:
        """How many attempts the page's form to pay follows; None where the page has no such form."""
        found = re.search('name="after" value="(.*?)"', self.text)
        return None if found is None else found[1]


class BusyEngine(Engine):
    """A local Daraja with which something may happen while a request is under way."""

    meanwhile: Callable[[], object] | None = None

    def handle(self, request: HttpRequest, now: datetime) -> HttpResponse:
        answer = super().handle(request, now)
        if self.meanwhile is not None:
            self.meanwhile()
        return answer


Send = Callable[[str, str, bytes, Mapping[str, str]], Answer]
"""Sends a method, a path, a body and headers to a shop, without following redirects."""


class Browser:
    """A person's browser, with its own cookie.

    Args:
        send: Reaches the shop.
    """

    def __init__(self, send: Send) -> None:
        self._send: Final = send
        self.cookie = ""

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, b"", {})

    def post(self, path: str, headers: Mapping[str, str] | None = None, **fields: str) -> Answer:
        """Send a form, as a button on one of the shop's own pages does."""
        form = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin", **(headers or {})}
        return self._ask("POST", path, urlencode(fields).encode(), form)

    def order(self, thing: str = "tea") -> str:
        """Choose a thing, and give the path of the order."""
        answer = self.post("/orders", thing=thing)
        assert answer.status == 303, answer.text
        return answer.headers["location"]

    def pay(self, order: str, phone: str) -> Answer:
        """Fill in the form on the order's page and give the page that comes then."""
        after = self.get(order).after
        assert after is not None, "the page has no form to pay"
        answer = self.post(f"{order}/pay", phone=phone, after=after)
        return self.get(order) if answer.status == 303 else answer

    def buy(self, phone: str, thing: str = "tea") -> str:
        """Order a thing, ask for its payment, and give the path of the order."""
        order = self.order(thing)
        self.pay(order, phone)
        return order

    def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        cookie = {"Cookie": self.cookie} if self.cookie else {}
        answer = self._send(method, path, body, {**headers, **cookie})
        self.cookie = answer.headers.get("set-cookie", self.cookie).partition(";")[0]
        return answer


class FailingOnce:
    """A checkout whose database is away when it first reconciles.

    Args:
        checkout: The real one.
        over: Called when it reconciles for the third time.
    """

    def __init__(self, checkout: Any, over: Callable[[], object]) -> None:  # noqa: ANN401 - of either kind
        self._checkout: Final = checkout
        self._over: Final = over
        self._times = 0

    def reconcile(self) -> Any:  # noqa: ANN401 - as the checkout gives it
        self._times += 1
        if self._times == 1:
            message = "the database is away"
            raise StoreFailed(message)
        if self._times > 2:
            self._over()
        return self._checkout.reconcile()


@attrs.frozen(kw_only=True)
class OpenShop:
    """A shop that is open.

    Args:
        client: The test client of its framework.
        send: Reaches the shop.
        order: Gives one of its orders.
        register: Registers the shop's addresses for payments by hand.
        reconcile: Looks after the shop's payments once, and gives what it says.
        look_after: Has the shop do so by itself, the first time in vain.
        database: Where its orders are.
    """

    client: object
    send: Send
    order: Callable[[str], Order]
    register: Callable[[], object]
    reconcile: Callable[[], str]
    look_after: Callable[[], object]
    database: Database

    def refunds(self, path: str) -> list[str]:
        """Give the payments of an order that have to be returned."""
        return [payment.key for payment in self.order(path.rpartition("/")[2]).refunds_due]

    def attempt(self, path: str) -> Payment:
        """Give the newest attempt of an order."""
        return self.order(path.rpartition("/")[2]).attempts[-1]

    def parcels(self) -> list[str]:
        """Give the orders for which a parcel was packed."""
        with self.database.connect() as connection:
            return list(connection.scalars(text('SELECT "order" FROM parcels')))

    def browser(self) -> Browser:
        return Browser(self.send)

    def call_back(self, path: str, body: bytes) -> Answer:
        """Post a body to a path, as Safaricom does or whoever pretends to be it."""
        return self.send("POST", path, body, {"Content-Type": "application/json"})


def pushes(simulator: MountedDaraja) -> int:
    """Count the pushes that were sent, whether they were accepted or not."""
    return sum(request.url.endswith("/processrequest") for request in simulator.requests)


def queries(simulator: MountedDaraja) -> int:
    """Count the queries that were sent."""
    return sum(request.url.endswith("/query") for request in simulator.requests)
