"""SIM swap: the last replacement of the SIM card of a number, since thieves do that."""

from datetime import datetime
from typing import Final

import attrs

from daraja import fields
from daraja.api.call import call
from daraja.config import Config
from daraja.fields import Checked
from daraja.http.error_kinds import ErrorKind
from daraja.http.error_response import SuccessSign
from daraja.http.flow import Flow
from daraja.http.json_body import Fields
from daraja.values.nairobi_time import read_time

_LONG_AGO: Final = 1900
"""The year that stands for a swap more than three months ago, or none."""


SWAP_FOUND: Final = SuccessSign(
    frozenset({"200"}),
    lambda code: ErrorKind.NOT_FOUND if code in {"400", "404"} else ErrorKind.AMBIGUOUS,
    ("responseCode",),
)


@attrs.frozen(kw_only=True)
class LastSwap:
    """When a SIM card was last replaced.

    Args:
        at: The time, in Nairobi's zone; None if that was not within the last three months.
    """

    at: datetime | None


@attrs.frozen
class SimSwap(Checked):
    """A look-up of the SIM card of a number: give it to ``Daraja.run``. A look-up is harmless.

    Args:
        phone: A Kenyan mobile number in any usual form, of Safaricom.

    Raises:
        InvalidInput: If it is none. Nothing was sent.

    Source:
        Daraja, SIM swap (IMSI, checkATI).
    """

    phone: str = attrs.field(converter=fields.phone)

    def flow(self, config: Config, /) -> Flow[LastSwap]:
        """Look up the last swap; see ``Daraja.sim_swap``."""
        content = {"customerNumber": self.phone}
        return call(config, "/imsi/v2/checkATI", content, sign=SWAP_FOUND, read=_read, repeatable=True)


def _read(answer: Fields) -> LastSwap | None:
    """Read the time. One that cannot be read is no answer: it must not pass for a card that nobody replaced."""
    at = read_time(answer.get("lastSwapDate"))
    if at is None:
        return None
    return LastSwap(at=None if at.year == _LONG_AGO else at)
