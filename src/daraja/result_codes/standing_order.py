"""What each result code of a standing order (M-Pesa Ratiba) means: whether the customer agreed to it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from daraja.result_codes.base import Explanation, Outcome
from daraja.result_codes.common import row
from daraja.result_codes.stk import STK

_MADE: Final = row(
    "0",
    Outcome.PAID,
    "Standing order made",
    customer="You have agreed to the standing order. M-Pesa will make each payment on its day.",
    merchant="The customer agreed to the standing order. No money has come in yet.",
    developer="The order exists, and no money has moved. Each collection arrives as a C2B payment whose BillRefNumber "
    "is the AccountReference. Only the customer can change or cancel the order.",
    source="Daraja, MpesaRatiba; documented",
)
# The customer answers a prompt as for a push, so these codes mean the same here.
_AS_FOR_A_PUSH: Final = ("1001", "1019", "1025", "1031", "1032", "1037", "1050", "1051", "2001", "4999")

STANDING_ORDER: Final[Mapping[str, Explanation]] = MappingProxyType(
    {"0": _MADE} | {code: STK[code] for code in _AS_FOR_A_PUSH}
)
"""The explanation of each result code of a standing order."""
