"""Hakikisha: the name of the owner of a phone number, before money goes there."""

from typing import Final

import attrs

from daraja import fields
from daraja.api.call import call
from daraja.api.parameters import Parameters
from daraja.config import Config
from daraja.fields import Checked
from daraja.http.error_kinds import ErrorKind
from daraja.http.error_response import SuccessSign
from daraja.http.flow import Flow, Now, Random
from daraja.http.json_body import Fields, inside
from daraja.values.party import masked_name

_IDS: Final = 16**12


CUSTOMER_FOUND: Final = SuccessSign(
    frozenset({"200"}),
    lambda code: ErrorKind.NOT_FOUND if code in {"400", "404"} else ErrorKind.AMBIGUOUS,
    ("responseCode", "status"),
    within="header",
    words={"customer does not exist": ErrorKind.NOT_FOUND},
)


@attrs.frozen(kw_only=True)
class CustomerName:
    """The name of an M-Pesa customer, as far as M-Pesa shows it; masked in reprs.

    Args:
        first: The first name, in clear; None if the answer had none.
        middle: The middle name, masked by M-Pesa; None if the answer had none.
        last: The last name, masked by M-Pesa; None if the answer had none.
    """

    first: str | None = attrs.field(repr=masked_name)
    middle: str | None = attrs.field(repr=masked_name)
    last: str | None = attrs.field(repr=masked_name)


@attrs.frozen
class Hakikisha(Checked):
    """A look-up of an M-Pesa customer: give it to ``Daraja.run``. A look-up is harmless.

    Args:
        phone: A Kenyan mobile number in any usual form.

    Raises:
        InvalidInput: If it is none. Nothing was sent.

    Source:
        Daraja, B2C Hakikisha.
    """

    phone: str = attrs.field(converter=fields.phone)

    def flow(self, config: Config, /) -> Flow[CustomerName]:
        """Look up the name; see ``Daraja.hakikisha``."""
        now = yield from Now()
        chance = yield from Random()
        content = {
            "header": {"requestID": f"{int(chance * _IDS):012x}", "timestamp": str(int(now.timestamp()))},
            "body": {"msisdn": self.phone, "shortcode": config.payout_shortcode},
        }
        path = "/mpesa/b2c/hakikisha/v1/hakikisha"
        return (yield from call(config, path, content, sign=CUSTOMER_FOUND, read=_read, repeatable=True))


def _read(answer: Fields) -> CustomerName | None:
    names = Parameters(inside(answer, "body").items())
    first, middle, last = (names.text(key) for key in ("firstname", "middlename", "lastname"))
    return CustomerName(first=first, middle=middle, last=last) if first or middle or last else None
