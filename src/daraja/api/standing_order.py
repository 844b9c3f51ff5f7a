"""Standing orders (M-Pesa Ratiba): a customer agrees once, and pays on every due day."""

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal, TypeAlias, get_args

import attrs
from attrs.converters import optional

from daraja import fields
from daraja.api.addresses import address_faults, address_for, missing_address
from daraja.api.call import PromptAccepted, call
from daraja.api.parameters import Parameters
from daraja.api.result import Envelope, Result, the_code
from daraja.api.unwrap import fields_of, read_parameters, unwrap
from daraja.config import Config, Till
from daraja.config.checks import raise_setting_faults
from daraja.errors import CallbackMalformed
from daraja.fields import Checked, Fault, faults_in, raise_faults, value_or_fault, values_of
from daraja.http.error_kinds import REFUSING_CODES, ErrorKind
from daraja.http.error_response import SuccessSign
from daraja.http.flow import Flow
from daraja.http.json_body import Body, Fields, as_text, first_text, inside, read_body
from daraja.values.prompt import whole_shillings
from daraja.values.secret import MaskedText, Secret

Frequency: TypeAlias = Literal[
    "once", "daily", "weekly", "monthly", "every two months", "quarterly", "half-yearly", "yearly"
]
"""How often the customer pays."""

_DONE: Final = "0"
_ERROR: Final = "error"
_FREQUENCIES: Final[Mapping[str, str]] = {
    words: str(number) for number, words in enumerate(get_args(Frequency), start=1)
}


def _no_order(code: str) -> ErrorKind:
    if code in {"401", "403"}:
        return ErrorKind.CREDENTIALS
    return ErrorKind.REQUEST if code in REFUSING_CODES else ErrorKind.AMBIGUOUS


STANDING_ORDER_TAKEN: Final = SuccessSign(frozenset({"200"}), _no_order, ("responseCode",), within="ResponseHeader")


@attrs.frozen
class StandingOrderResult(Result):
    """Whether the customer agreed to a standing order. No money has moved: each collection arrives by C2B."""

    @property
    def response_reference(self) -> str | None:
        """Daraja's id, the same as in the acknowledgement (``responseRefID``); None if it is absent."""
        return self.references.text("responserefid")

    @property
    def request_reference(self) -> str | None:
        """Daraja's id of the request (``requestRefID``); None if it is absent."""
        return self.references.text("requestrefid")

    @property
    def phone(self) -> str | None:
        """The customer's number, masked by Safaricom; None if it is absent."""
        text = self.parameters.text("msisdn")
        return None if text is None else MaskedText(text)


def open_standing_order(body: Body, /) -> Envelope:
    """Read the callback, whose code stands in a header and once more among its names and values.

    Raises:
        CallbackMalformed: If it has no code, or contradicts itself.
    """
    fields, path = unwrap(read_body(body))
    headers = fields.all("responseheader")
    header = fields_of(headers[0], path + "ResponseHeader.") if headers else Parameters()
    parameters = read_parameters(fields.all("responsebody"), path + "ResponseBody")
    codes = (*header.all("responsecode"), *parameters.all("responsecode"))
    both = Parameters(("code", as_text(code) or code) for code in codes)
    code = the_code(both, path + "ResponseHeader.responseCode", key="code")
    if code == _DONE and (parameters.text("status") or "").casefold() == _ERROR:
        raise CallbackMalformed(path + "ResponseBody.ResponseData.Status", "contradicts the code in the header")
    return Envelope(
        code,
        header.text("responsedescription") or "",
        is_final=True,
        fields=parameters,
        path=path,
        parameters=parameters,
        references=dict(header),
    )


def _frequency(value: Frequency) -> Frequency:
    return fields.one_of(value, get_args(Frequency))


@attrs.frozen(kw_only=True)
class StandingOrder(Checked):
    """A prompt to a customer to agree to a standing order; ``Daraja.run`` never sends it twice by itself.

    Each collection is then a payment by C2B, whose account is *reference*. Only the customer can change or end it.

    Args:
        phone: The customer's phone, a Kenyan mobile number in any usual form.
        amount: Whole KES of each collection, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum.
        name: The name of the order, 1 to 100 characters. A customer has only one order of a name.
        reference: The account reference of each collection: 1 to 12 letters, digits, spaces and ``- _ . /``.
        starts: The first day, a ``datetime.date``.
        ends: The last day, after the first.
        frequency: ``once``, ``daily``, ``weekly``, ``monthly``, ``every two months``, ``quarterly``, ``half-yearly`` or
            ``yearly``.
        description: 1 to 13 letters, digits, spaces and ``- _ . /``.
        result_url: The address for the result; by default ``results_url`` of the settings and ``result/``.
        transaction_type: Daraja's TransactionType, if it refuses ours. Its page spells that for tills "Pay Marchant",
            as we do, and its samples "Pay Merchant".

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, MpesaRatiba.
    """

    phone: str = attrs.field(converter=fields.phone)
    amount: int = attrs.field(converter=fields.amount)
    name: str = attrs.field(converter=fields.name)
    reference: str = attrs.field(converter=fields.reference)
    starts: date = attrs.field(converter=fields.day)
    ends: date = attrs.field(converter=fields.day)
    frequency: Frequency = attrs.field(converter=_frequency)
    description: str = attrs.field(default="Payment", converter=fields.description)
    result_url: Secret | None = attrs.field(default=None, converter=fields.hidden_url, repr=False)
    transaction_type: str | None = attrs.field(default=None, converter=optional(fields.name))

    def __attrs_post_init__(self) -> None:
        values = values_of(self)
        both_are_days = not faults_in({"starts": self.starts, "ends": self.ends})
        backwards = {"ends": Fault("is not after the first day")} if both_are_days and self.ends <= self.starts else {}
        raise_faults({**values, **backwards})

    def flow(self, config: Config, /) -> Flow[PromptAccepted]:
        """Ask Daraja to prompt the customer; see ``Daraja.standing_order``."""
        raise_setting_faults(missing_address(config, result_url=self.result_url))
        raise_faults(
            {
                **address_faults(config, result_url=self.result_url),
                "amount": value_or_fault(whole_shillings, self.amount, maximum=config.max_amount),
            }
        )
        if isinstance(config.business, Till):
            usual, receiver, receiver_type = "Standing Order Customer Pay Marchant", config.business.till, "2"
        else:
            usual, receiver, receiver_type = "Standing Order Customer Pay Bill", config.business.shortcode, "4"
        content = {
            "StandingOrderName": self.name,
            "StartDate": f"{self.starts:%Y%m%d}",
            "EndDate": f"{self.ends:%Y%m%d}",
            "BusinessShortCode": receiver,
            "TransactionType": self.transaction_type or usual,
            "ReceiverPartyIdentifierType": receiver_type,
            "Amount": str(self.amount),
            "PartyA": self.phone,
            "CallBackURL": address_for(config, self.result_url, "result"),
            "AccountReference": self.reference,
            "TransactionDesc": self.description,
            "Frequency": _FREQUENCIES[self.frequency],
        }
        path = "/standingorder/v1/createStandingOrderExternal"
        return call(config, path, content, sign=STANDING_ORDER_TAKEN, read=_read_accepted, repeatable=False)


def _read_accepted(answer: Fields) -> PromptAccepted:
    header = inside(answer, "ResponseHeader")
    return PromptAccepted(
        reference=first_text(header, "responseRefID"), description=first_text(header, "responseDescription") or ""
    )
