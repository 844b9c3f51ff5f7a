"""The products that pay out: one row for each, and nothing else in the library tells one from another."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, Literal, Protocol, TypeAlias

import attrs

from daraja.api.addresses import Purpose as SignedFor
from daraja.api.addresses import signed_url
from daraja.api.b2b import B2bPayment, B2cTopUp, FloatTransfer, TaxPayment
from daraja.api.b2c import B2cPayment, PochiPayment
from daraja.api.initiator import Accepted
from daraja.api.reversal import Reversal
from daraja.config import Config
from daraja.http.flow import Operation
from daraja.to import BulkAccount, Mobile, OwnUtility, PayBillAccount, Pochi, Receiver, Tax, TillNumber

Purpose: TypeAlias = Literal["business", "salary", "promotion"]
"""The purpose of a payment to a phone. It decides the receiver's SMS; the SMS of a promotion congratulates."""

_COMMANDS: Final[Mapping[Purpose, Literal["BusinessPayment", "SalaryPayment", "PromotionPayment"]]] = {
    "business": "BusinessPayment",
    "salary": "SalaryPayment",
    "promotion": "PromotionPayment",
}


class Product(StrEnum):
    """How money goes out."""

    B2C = "b2c"
    """To the M-Pesa account of a phone (B2C, version 3)."""
    POCHI = "pochi"
    """To the business wallet of a phone."""
    PAY_BILL = "pay_bill"
    """To an account at somebody's pay bill (B2B)."""
    TILL = "till"
    """To somebody's till (B2B)."""
    TOP_UP = "top_up"
    """To the Utility account of a bulk shortcode (B2B)."""
    FLOAT = "float"
    """From our Working account to our own Utility account (B2B)."""
    TAX = "tax"
    """To the Kenya Revenue Authority."""
    REVERSAL = "reversal"
    """Back to who paid us, by reversal of the payment."""


class CheckedOperation(Operation[Accepted], Protocol):
    """A request to Daraja that can be checked before anything is stored."""

    def check(self, config: Config, /) -> None:
        """Check the request against the settings, and raise ``InvalidInput`` if they do not allow it.

        Args:
            config: The settings.
        """
        ...


class Request(Protocol):
    """The fields of a payout that its request to Daraja needs."""

    @property
    def key(self) -> str:
        """Its key, which is the OriginatorConversationID if Daraja takes one of ours."""
        ...

    @property
    def product(self) -> Product:
        """How the money goes out."""
        ...

    @property
    def to(self) -> Receiver:
        """The receiver of the money."""
        ...

    @property
    def amount(self) -> int:
        """Whole KES."""
        ...

    @property
    def purpose(self) -> Purpose:
        """The purpose of a payment to a phone."""
        ...

    @property
    def remarks(self) -> str:
        """Words about the payout."""
        ...

    @property
    def occasion(self) -> str | None:
        """More words, or None."""
        ...

    @property
    def payer(self) -> str:
        """The shortcode that pays."""
        ...

    @property
    def refunds(self) -> str | None:
        """The receipt of the payment that goes back, or None."""
        ...


@attrs.frozen(kw_only=True)
class ProductRow:
    """The particulars of one product.

    Args:
        result: Which results it has, for ``parse_result`` and ``explain``.
        operation: The request to Daraja.
        own: The arguments that only this request takes.
        receiver: Whom it pays; None for a reversal, which pays the payer back.
        detects_duplicates: Whether Daraja takes an id of ours, and refuses to pay for the same id twice.
        from_bulk: Whether the bulk shortcode pays, if the settings have one.
        account: The account of ours that pays.
        stays_ours: Whether the money only moves between our own accounts.
    """

    result: Literal["b2c", "b2b", "tax", "reversal"]
    operation: Callable[..., CheckedOperation]
    own: Callable[[Request], Mapping[str, Any]]  # Any: arguments of many types
    receiver: type[Receiver] | None
    detects_duplicates: bool = False
    from_bulk: bool = False
    account: str = "Working Account"
    stays_ours: bool = False


def _to_phone(request: Request) -> Mapping[str, Any]:  # Any, here and below: arguments of many types
    return {"to": request.to, "originator_conversation_id": request.key}


def _to_mobile(request: Request) -> Mapping[str, Any]:
    return {**_to_phone(request), "command": _COMMANDS[request.purpose]}


def _to_receiver(request: Request) -> Mapping[str, Any]:
    return {"to": request.to}


def _to_ourselves(_: Request) -> Mapping[str, Any]:
    return {}


def _back(request: Request) -> Mapping[str, Any]:
    return {"receipt": request.refunds}


PRODUCTS: Final[Mapping[Product, ProductRow]] = {
    Product.B2C: ProductRow(
        result="b2c",
        operation=B2cPayment,
        own=_to_mobile,
        receiver=Mobile,
        detects_duplicates=True,
        from_bulk=True,
        account="Utility Account",
    ),
    Product.POCHI: ProductRow(
        result="b2c",
        operation=PochiPayment,
        own=_to_phone,
        receiver=Pochi,
        detects_duplicates=True,
        from_bulk=True,
        account="Utility Account",
    ),
    Product.PAY_BILL: ProductRow(result="b2b", operation=B2bPayment, own=_to_receiver, receiver=PayBillAccount),
    Product.TILL: ProductRow(result="b2b", operation=B2bPayment, own=_to_receiver, receiver=TillNumber),
    Product.TOP_UP: ProductRow(result="b2b", operation=B2cTopUp, own=_to_receiver, receiver=BulkAccount),
    Product.FLOAT: ProductRow(
        result="b2b",
        operation=FloatTransfer,
        own=_to_ourselves,
        receiver=OwnUtility,
        from_bulk=True,
        stays_ours=True,
    ),
    Product.TAX: ProductRow(result="tax", operation=TaxPayment, own=_to_receiver, receiver=Tax),
    Product.REVERSAL: ProductRow(result="reversal", operation=Reversal, own=_back, receiver=None),
}
"""The table of all products."""


def product_for(receiver: Receiver, /) -> Product:
    """Return the product that pays a receiver."""
    return next(product for product, row in PRODUCTS.items() if row.receiver is type(receiver))


def request_for(payout: Request, config: Config, /) -> CheckedOperation:
    """Return the request to Daraja for a payout, with an address of its own for the result and for the notice.

    Raises:
        InvalidInput: If Daraja or the product does not allow it, for example because of its amount.
    """
    row = PRODUCTS[payout.product]
    return row.operation(
        **row.own(payout),
        amount=payout.amount,
        remarks=payout.remarks,
        occasion=payout.occasion,
        shortcode=payout.payer,
        result_url=signed_url(config, SignedFor.RESULT, payout.key),
        timeout_url=signed_url(config, SignedFor.TIMEOUT, payout.key),
    )
