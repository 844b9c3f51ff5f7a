"""The request of an initiator, checked as Daraja checks it."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import attrs

from daraja.http.messages import HttpRequest
from daraja.simulator.errors import invalid_field
from daraja.simulator.products.base import Services
from daraja.simulator.validation import Fields, is_http_url, read_fields
from daraja.values.secret import MaskedText, mask_phone

SHORTCODE: Final = re.compile(r"[0-9]{5,7}")
PHONE: Final = re.compile(r"254[17][0-9]{8}")
_AMOUNT: Final = re.compile(r"[1-9][0-9]{0,8}(?:\.0{1,2})?")
_NAME: Final = re.compile(r".{1,64}")
_URL: Final = re.compile(r"[!-~]+")
_CREDENTIAL: Final = re.compile(r"\S+")
_ID: Final = re.compile(r"[!-~]{1,64}")
_SHARED: Final = ("SecurityCredential", "CommandID", "Remarks", "QueueTimeOutURL", "ResultURL")


@attrs.frozen(kw_only=True)
class InitiatorRequest:
    """A request that was accepted.

    Args:
        product: The product, as ``daraja.result_codes`` names it.
        command: Its CommandID.
        originator_conversation_id: The id that the shop chose, or one of Daraja's.
        conversation_id: Daraja's id of it.
        asked_at: When it came.
        initiator: Who asks.
        credential: The password of the initiator, encrypted.
        shortcode: The organisation that acts.
        other: Whom it is about, such as the receiver of a payout; masked in the repr.
        amount: Whole KES; 0 where it moves nothing.
        reference: The account reference, if there is one.
        occasion: The occasion, as Daraja repeats it.
        result_url: Where the result goes; hidden in the repr, since it may be signed.
        timeout_url: Where a timeout notice goes; hidden as well.
        fields: Every field as it came; hidden as well.
    """

    product: str
    command: str
    originator_conversation_id: str
    conversation_id: str
    asked_at: datetime
    initiator: str
    credential: str = attrs.field(repr=False)
    shortcode: str
    other: str = attrs.field(converter=MaskedText)
    amount: int = 0
    reference: str = attrs.field(default="", converter=MaskedText)
    occasion: str = ""
    result_url: str = attrs.field(repr=False)
    timeout_url: str = attrs.field(repr=False)
    fields: Mapping[str, object] = attrs.field(repr=False)

    @property
    def about(self) -> str:
        """The masked phone or the shortcode of this event, for the event log."""
        return mask_phone(self.other) if PHONE.fullmatch(self.other) else str(self.other)


def read_request(
    request: HttpRequest,
    services: Services,
    now: datetime,
    *,
    product: str,
    needed: Sequence[str],
    commands: Sequence[str],
    initiator: str = "Initiator",
    shortcode: str = "PartyA",
    occasion: str = "Occasion",
    remarks: tuple[int, int] = (1, 100),
    own_id: bool = False,
) -> InitiatorRequest:
    """Read the fields that all requests of an initiator have; the product reads the rest from ``fields``.

    Args:
        request: The request.
        services: What all products share.
        now: The time.
        product: The product, as ``daraja.result_codes`` names it.
        needed: The fields that only this product has.
        commands: The CommandIDs that it knows.
        initiator: How this product calls the initiator.
        shortcode: The field that names the organisation which acts.
        occasion: How this product spells the occasion.
        remarks: How many characters the remarks have, at least and at most.
        own_id: Whether the shop chooses the OriginatorConversationID.

    Raises:
        HttpError: At the first fault, as Daraja does.
    """
    ids = ("OriginatorConversationID",) if own_id else ()
    fields = read_fields(request, (*ids, initiator, *_SHARED, shortcode, *needed))
    given = fields.matching("OriginatorConversationID", _ID, "1 to 64 characters without spaces") if own_id else ""
    name = fields.matching(initiator, _NAME, "the name of an operator")
    credential = fields.matching("SecurityCredential", _CREDENTIAL, "a password, encrypted and in base64")
    command = fields.values["CommandID"]
    if command not in commands:
        raise invalid_field("CommandID", f"is none of {', '.join(commands)}")
    actor = fields.matching(shortcode, SHORTCODE, "a shortcode of 5 to 7 digits")
    if not services.merchants.knows(actor):
        raise invalid_field(shortcode, f"is {actor}, and no organisation here has that shortcode")
    shortest, longest = remarks
    fields.matching("Remarks", re.compile(rf"(?s).{{{shortest},{longest}}}"), f"{shortest} to {longest} characters")
    words = "a text of at most 100 characters"
    said = fields.matching(occasion, re.compile(r"(?s).{0,100}"), words) if fields.values.get(occasion) else ""
    return InitiatorRequest(
        product=product,
        command=str(command),
        originator_conversation_id=given or services.ids.request_id(now),
        conversation_id=services.ids.conversation_id(now),
        asked_at=now,
        initiator=name,
        credential=credential,
        shortcode=services.merchants.store_of(actor),
        other=actor,
        occasion=said,
        result_url=_address(fields, "ResultURL"),
        timeout_url=_address(fields, "QueueTimeOutURL"),
        fields=fields.values,
    )


def whole_amount(values: Mapping[str, object]) -> int:
    """Read the amount.

    Raises:
        HttpError: If it is not a whole number from 1.
    """
    return int(float(Fields(values).matching("Amount", _AMOUNT, "a whole number of KES from 1")))


def _address(fields: Fields, name: str) -> str:
    address = fields.matching(name, _URL, "an address without spaces")
    if not is_http_url(address):
        raise invalid_field(name, "is not an http or https address")
    return address


def check_identifier(values: Mapping[str, object], name: str, known: Sequence[str]) -> None:
    """Check the kind of number that names a party.

    Raises:
        HttpError: If it is none of those that are known.
    """
    if str(values[name]) not in known:
        raise invalid_field(name, f"is not {' or '.join(known)}")
