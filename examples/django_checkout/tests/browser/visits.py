"""What a customer does in the shop's pages, and sees there."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

import attrs
from django.db import connections
from django.test import Client
from playwright.sync_api import Locator, Page, Request, Route, expect

from daraja import parse_stk_callback
from daraja.django import rows
from daraja.simulator import LocalDaraja
from payments.models import Payment
from shop.models import Order, User
from shops import PASSWORD, PHONE

__all__ = ["NARROWEST", "WIDTHS", "Storefront", "Visit", "in_a_thread"]

NARROWEST: Final = 320
WIDTHS: Final = (320, 390, 1280)
"""Of the pictures, in CSS pixels: a phone's and a computer's."""


@attrs.frozen
class Storefront:
    """A shop that is served at an address, with what is in its database."""

    address: str
    customer: User
    order: Order
    session: str

    @classmethod
    def opened(cls, address: str, client: Client) -> "Storefront":
        customer = User.objects.create_user(
            "wanjiku@example.com", PASSWORD, first_name="Wanjiku", last_name="Kamau", phone=PHONE
        )
        order = Order.objects.create(order_id="ORD-2026-001", user=customer, description="Laundry, 12 kg", amount=1500)
        stranger = User.objects.create_user("otieno@example.com", PASSWORD)
        Order.objects.create(order_id="ORD-2026-999", user=stranger, description="Ironing", amount=300)
        client.force_login(customer)
        return cls(address, customer, order, client.cookies["sessionid"].value)


@attrs.frozen
class Visit:
    """A customer in front of a browser, with a phone in hand."""

    storefront: Storefront
    local: LocalDaraja
    page: Page
    _screenshot: Callable[[str], None]

    @property
    def heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    @property
    def news(self) -> Locator:
        """What is read out when it changes."""
        return self.page.get_by_role("status")

    @property
    def try_again(self) -> Locator:
        return self.page.get_by_role("link", name="Try again")

    @property
    def try_again_later(self) -> Locator:
        """What becomes ``try_again`` by itself."""
        return self.page.get_by_role("button", name="Try again in")

    @property
    def check_again(self) -> Locator:
        return self.page.get_by_role("button", name="I have paid, check again")

    @property
    def receipt(self) -> str:
        """What M-Pesa said in its newest callback."""
        return parse_stk_callback(self.local.callbacks[-1].body or b"").receipt or ""

    def requests_to(self, part: str) -> list[Request]:
        """Give a list that fills with the requests to addresses that hold *part*."""
        made: list[Request] = []
        self.page.on("request", lambda request: made.append(request) if part in request.url else None)
        return made

    def hold_back(self, addresses: str) -> list[Route]:
        """Give a list that fills with requests which wait until they are let go."""
        held: list[Route] = []
        self.page.route(addresses, lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks what it is given
        return held

    def go(self, path: str) -> None:
        self.page.goto(self.storefront.address + path)

    def go_to_checkout(self) -> None:
        self.go(
            f"/checkout?{urlencode({'order_id': self.storefront.order.pk, 'amount': self.storefront.order.amount})}"
        )
        expect(self.heading).to_have_text("KES 1,500")

    def pay(self, phone: str = PHONE) -> None:
        """Fill in the form and send it, as far as the waiting page."""
        self.go_to_checkout()
        self.page.get_by_label("M-Pesa phone number").fill(phone)
        self.page.get_by_role("button", name="Pay KES 1,500").click()
        self.arrive()

    def arrive(self) -> None:
        """Come to the waiting page, and to the end of its scripts' beginning."""
        self.page.wait_for_url("**/payment-status")
        expect(self.heading).to_have_text("Look at your phone")

    def hurry(self, seconds: int) -> None:
        """Let so much time pass in the browser, and nowhere else."""
        self.page.clock.fast_forward(seconds * 1000)

    def long_ago(self) -> None:
        """Let the last attempt be ten minutes older, as if the customer had gone away and come back."""
        in_a_thread(_age)

    def picture(self, name: str) -> None:
        """Keep a picture of the page at each width; on the narrowest phone nothing sticks out."""
        usual = self.page.viewport_size
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 844})
            self._screenshot(f"{name}-{width}")
        self.page.set_viewport_size({"width": NARROWEST, "height": 640})
        assert self.page.evaluate("document.documentElement.scrollWidth") <= NARROWEST, f"{name} sticks out"
        if usual:
            self.page.set_viewport_size(usual)


def in_a_thread(work: Callable[[], None]) -> None:
    """Work at the database where Playwright's event loop does not run."""

    def worked() -> None:
        try:
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as executor:
        executor.submit(worked).result()


def _age() -> None:
    ago = timedelta(minutes=10)
    payment = Payment.objects.latest("created_at").record
    older = attrs.evolve(
        payment,
        created_at=payment.created_at - ago,
        updated_at=payment.updated_at - ago,
        next_check_at=payment.next_check_at and payment.next_check_at - ago,
    )
    Payment.objects.filter(pk=payment.key).update(created_at=older.created_at, **rows.changing_values(Payment, older))
