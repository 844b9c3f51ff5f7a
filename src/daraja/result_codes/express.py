"""What each result code of B2B Express means: a prompt on the phone of a till's operator, who pays from the till."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from daraja.result_codes.base import Explanation, Outcome
from daraja.result_codes.common import row
from daraja.result_codes.stk import STK

_OUR_MISTAKE: Final = STK["21"].customer_message
_UNKNOWN: Final = (
    "We do not know yet what became of your request. Please check your M-Pesa messages before you try again."
)
_SOURCE: Final = "Daraja, B2BExpressCheckout; documented"
_LISTED: Final = "Daraja, B2BExpressCheckout; documented by a list of codes only"

_ROWS: Final = (
    row(
        "0",
        Outcome.PAID,
        "Paid",
        customer=STK["0"].customer_message,
        merchant="The money is in your account.",
        developer="The till has paid. Compare the amount and the RequestRefID with what you asked for.",
        source=_SOURCE,
    ),
    row(
        "4001",
        Outcome.CANCELLED,
        "Cancelled by the operator",
        customer=STK["1032"].customer_message,
        merchant="The operator of the till cancelled. Nothing was charged.",
        developer="The operator of the till said no. Nothing was charged: offer a new prompt, do not send one unasked.",
        source=_SOURCE,
        no_money_moved=True,
    ),
    row(
        "4102",
        Outcome.FAILED,
        "Merchant details incomplete",
        customer=_OUR_MISTAKE,
        merchant="Safaricom lacks details about the merchant. Ask Safaricom's support.",
        developer="The KYC check of the merchant failed, before anybody was asked. Ask Safaricom's support.",
        source=_LISTED,
        no_money_moved=True,
    ),
    row(
        "4104",
        Outcome.FAILED,
        "No nominated number",
        customer=_OUR_MISTAKE,
        merchant="The till has no nominated number, so nobody could be asked. The owner of the till sets it.",
        developer="Only the operator at the till's nominated number is asked, and the till has none.",
        source=_LISTED,
        no_money_moved=True,
    ),
    *(
        row(
            code,
            Outcome.FAILED,
            title,
            customer=_UNKNOWN,
            merchant="M-Pesa had a failure of its own. Look on the statement before you send a new prompt.",
            developer="The USSD session broke. Nothing proves that no money moved: look at the statement, since there "
            "is no query.",
            source=_LISTED,
        )
        for code, title in (("4201", "Network trouble"), ("4203", "Session trouble"))
    ),
    STK["4999"],
)

EXPRESS: Final[Mapping[str, Explanation]] = MappingProxyType({each.code: each for each in _ROWS})
"""The explanation of each result code of B2B Express."""
