"""Bonga points: the value of points, and a payment with them."""

from decimal import Decimal
from typing import Final

import attrs

from daraja import fields
from daraja.api.call import PromptAccepted, call
from daraja.api.parameters import Parameters
from daraja.config import Config
from daraja.fields import Checked, raise_faults, value_or_fault
from daraja.http.error_kinds import ErrorKind
from daraja.http.error_response import SuccessSign
from daraja.http.flow import Flow
from daraja.http.json_body import Fields, first_text, inside
from daraja.values.prompt import whole_shillings

_MOST: Final = 10_000_000
_HIGHEST_RATE: Final = 1_000


def _no_points(code: str) -> ErrorKind:
    if code == "404":
        return ErrorKind.NOT_FOUND
    return ErrorKind.REFUSED if code.startswith("60") else ErrorKind.AMBIGUOUS


BONGA_DONE: Final = SuccessSign(frozenset({"200"}), _no_points, ("responseCode", "status"), within="header")
"""6001 to 6011 are its refusals."""


def _points(value: int) -> int:
    return fields.whole_number(value, lowest=1, highest=_MOST)


def _rate(value: Decimal) -> Decimal:
    return value_or_fault(_check_rate, value)


@attrs.frozen(kw_only=True)
class BongaValue:
    """The value of points today.

    Args:
        points: How many points.
        amount: Their value in KES.
        rate: KES for one point; hand it to ``bonga_redeem``.
    """

    points: int
    amount: Decimal
    rate: Decimal


@attrs.frozen
class BongaPoints(Checked):
    """A look-up of the value of points: give it to ``Daraja.run``. A look-up is harmless.

    Args:
        points: How many points, from 1 to 10,000,000.

    Raises:
        InvalidInput: If it is no such number. Nothing was sent.

    Source:
        Daraja, Lipa na Bonga.
    """

    points: int = attrs.field(converter=_points)

    def flow(self, config: Config, /) -> Flow[BongaValue]:
        """Look up the value; see ``Daraja.bonga_points``."""
        path, content = "/v1/lipa/na/bonga/calculate-points", {"points": str(self.points)}
        return call(config, path, content, sign=BONGA_DONE, read=self._read, repeatable=True)

    def _read(self, answer: Fields) -> BongaValue | None:
        body = Parameters(inside(answer, "body").items())
        amount, rate = body.money("amount"), body.money("rate")
        if amount is None or rate is None:
            return None
        return BongaValue(points=self.points, amount=amount, rate=rate)


@attrs.frozen(kw_only=True)
class BongaRedeem(Checked):
    """A prompt to a customer to pay with points; ``Daraja.run`` never sends it twice by itself.

    The money arrives by C2B.

    Args:
        phone: The customer's phone, a Kenyan mobile number in any usual form.
        points: How many points, from 1 to 10,000,000.
        amount: Their value in whole KES, an ``int`` or a whole ``Decimal``.
        rate: KES for one point, as ``BongaPoints`` gives it.
        reference: The account reference: 1 to 12 letters, digits, spaces and ``- _ . /``.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, Lipa na Bonga.
    """

    phone: str = attrs.field(converter=fields.phone)
    points: int = attrs.field(converter=_points)
    amount: int = attrs.field(converter=fields.amount)
    rate: Decimal = attrs.field(converter=_rate)
    reference: str = attrs.field(converter=fields.reference)

    def flow(self, config: Config, /) -> Flow[PromptAccepted]:
        """Ask Daraja to prompt the customer; see ``Daraja.bonga_redeem``."""
        raise_faults({"amount": value_or_fault(whole_shillings, self.amount, maximum=config.max_amount)})
        content = {
            "msisdn": self.phone,
            "amount": str(self.amount),
            "bongaPoints": str(self.points),
            "conversionRate": f"{self.rate:f}",
            "shortCode": config.business.shortcode,
            "accountNumber": self.reference,
        }
        path = "/v1/lipa/na/bonga/redeem-paybill"
        return call(config, path, content, sign=BONGA_DONE, read=_read_accepted, repeatable=False)


def _read_accepted(answer: Fields) -> PromptAccepted:
    header = inside(answer, "header")
    return PromptAccepted(
        reference=first_text(header, "requestRefId"), description=first_text(header, "responseMessage") or ""
    )


def _check_rate(value: Decimal) -> Decimal:
    if not isinstance(value, Decimal) or not value.is_finite() or not 0 < value <= _HIGHEST_RATE:
        raise ValueError("is not a rate; give the Decimal that bonga_points answers")
    return value
