"""What goes over the wire: each example runs against the local Daraja while the pages are built."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlsplit

import attrs

from daraja import Config, Daraja, Invoice, to
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator import Engine
from daraja.simulator.phones import Answer
from daraja.testing import ManualClock, MountedDaraja, sample_config, sample_initiator

__all__ = ["EXAMPLES", "wire"]

_PHONE: Final = "0712 345 678"
_ITEM: Final = re.compile(r'\{\s+("(?:Key|Name|name)": .*?),\s+("(?:Value|value)": .*?)\s+\}')
_BASE64: Final = re.compile(r'("[A-Za-z0-9+/]{24})[A-Za-z0-9+/=]{60,}"')
"""A SecurityCredential or a picture."""
_UNTIL_EVERYTHING_CAME: Final = 10
"""Seconds. A validation that nobody answers takes eight."""
_INVOICE: Final = Invoice(
    reference="INV-17",
    name="Jane Njeri",
    phone=_PHONE,
    period="November 2026",
    title="School fees",
    due=date(2026, 12, 5),
    account="CLASS-7",
    amount=800,
)


class _Shop:
    """An organisation before a local Daraja, where every customer pays at once."""

    def __init__(self) -> None:
        self.clock: Final = ManualClock()
        self.local: Final = MountedDaraja(Engine(answer=Answer.PAY), self.clock)
        config: Config = sample_config(
            initiator=sample_initiator(), results_url="https://shop.example/results/", pull_number=_PHONE
        )
        self.daraja = Daraja(config, transport=self, clock=self.clock)
        self.exchanges: Final = list[tuple[HttpRequest, HttpResponse]]()

    def send(self, request: HttpRequest) -> HttpResponse:
        response = self.local.send(request)
        self.exchanges.append((request, response))
        return response

    def paid(self) -> str:
        """Return the receipt of a payment by hand."""
        shortcode = self.daraja.config.business.shortcode
        return self.local.pay_bill(_PHONE, shortcode=shortcode, account="ORD-17", amount=500).receipt

    def biller(self) -> Daraja:
        """Opt in to Bill Manager, and return a client with the key."""
        opted_in = self.daraja.bill_opt_in(
            email="bills@shop.example", contact="0722 000 000", callback_url="https://shop.example/bills/"
        )
        config = attrs.evolve(self.daraja.config, bill_app_key=opted_in.app_key)
        return Daraja(config, transport=self, clock=self.clock)


def _register(shop: _Shop) -> None:
    shop.daraja.c2b_register(
        confirmation_url="https://shop.example/c2b/confirmed/", validation_url="https://shop.example/c2b/allowed/"
    )
    shop.paid()


def _pull(shop: _Shop) -> None:
    shop.paid()
    shop.daraja.pull_register(callback_url="https://shop.example/pulled/")
    now = shop.clock.now()
    shop.daraja.pull_transactions(since=now - timedelta(hours=1), until=now + timedelta(minutes=1))


def _invoice(shop: _Shop) -> None:
    biller = shop.biller()
    biller.bill_invoice(_INVOICE)
    shop.local.pay_bill(_PHONE, shortcode=biller.config.business.shortcode, account="CLASS-7", amount=800)


def _cancel(shop: _Shop) -> None:
    biller = shop.biller()
    biller.bill_invoice(_INVOICE)
    biller.bill_cancel("INV-17")


def _redeem(shop: _Shop) -> None:
    value = shop.daraja.bonga_points(2_500)
    shop.daraja.bonga_redeem(phone=_PHONE, points=2_500, amount=500, rate=value.rate, reference="ORD-17")


EXAMPLES: Final[Mapping[str, Callable[[_Shop], object]]] = {
    "account_balance": lambda shop: shop.daraja.account_balance(),
    "b2b_express": lambda shop: shop.daraja.b2b_express(
        till="9900000", amount=500, reference="ORD-17", partner="Duka Letu", request_id="order-17"
    ),
    "b2b_payment": lambda shop: shop.daraja.b2b_payment(to=to.PayBillAccount("600222", account="17"), amount=500),
    "b2c_payment": lambda shop: shop.daraja.b2c_payment(
        to=_PHONE, amount=500, originator_conversation_id="payout-17", remarks="Shift 7"
    ),
    "bill_cancel": _cancel,
    "bill_invoice": _invoice,
    "bill_opt_in": lambda shop: shop.biller(),
    "bonga_points": lambda shop: shop.daraja.bonga_points(2_500),
    "bonga_redeem": _redeem,
    "c2b_register": _register,
    "dynamic_qr": lambda shop: shop.daraja.dynamic_qr(merchant="Duka Letu", amount=500, reference="ORD-17"),
    "hakikisha": lambda shop: shop.daraja.hakikisha(_PHONE),
    "organisation_info": lambda shop: shop.daraja.organisation_info("600222"),
    "pochi_payment": lambda shop: shop.daraja.pochi_payment(
        to=_PHONE, amount=500, originator_conversation_id="payout-18"
    ),
    "pull_transactions": _pull,
    "reversal": lambda shop: shop.daraja.reversal(receipt=shop.paid(), amount=500),
    "sim_swap": lambda shop: shop.daraja.sim_swap("254700008602"),
    "standing_order": lambda shop: shop.daraja.standing_order(
        phone=_PHONE,
        amount=5_000,
        name="Rent of room 7",
        reference="ROOM-7",
        starts=date(2026, 12, 1),
        ends=date(2027, 11, 30),
        frequency="monthly",
    ),
    "tax_payment": lambda shop: shop.daraja.tax_payment(to="2020160000012345", amount=24_000),
    "transaction_status": lambda shop: shop.daraja.transaction_status(receipt=shop.paid()),
}
"""What the shop does for the example of each method."""


def wire(method: str) -> str:
    """Show the request of a method, the answer, and what is posted to the shop later."""
    shop = _Shop()
    EXAMPLES[method](shop)
    request, response = shop.exchanges[-1]
    parts = [f"`{method}` sends to `{urlsplit(request.url).path}`:", _json(request.body)]
    parts += ["Daraja answers:", _json(response.body)]
    shop.local.advance(seconds=_UNTIL_EVERYTHING_CAME)
    for callback in shop.local.due():
        parts += [f"Later it posts to `{urlsplit(callback.url).path}` of the shop:", _json(callback.body)]
    return "\n\n".join(parts)


def _json(body: bytes) -> str:
    text = _ITEM.sub(r"{\1, \2}", json.dumps(json.loads(body), indent=2))
    short = _BASE64.sub(r'\1..."', text)
    return f"```json\n{short}\n```"
