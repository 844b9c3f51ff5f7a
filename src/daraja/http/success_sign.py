"""How each product says yes. It is looked for before anything is called a refusal, since their codes differ."""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, cast

import attrs

from daraja.http.error_kinds import ErrorKind
from daraja.values.json_body import as_text

__all__ = [
    "ACKNOWLEDGED",
    "ADDRESSES_REGISTERED",
    "BILL_TAKEN",
    "BONGA_DONE",
    "CUSTOMER_FOUND",
    "ORGANISATION_FOUND",
    "PULLED",
    "PULL_REGISTERED",
    "QR_MADE",
    "STANDING_ORDER_TAKEN",
    "SWAP_FOUND",
    "TILL_PROMPTED",
    "SuccessSign",
    "first_text",
    "inside",
]

Fields: TypeAlias = Mapping[str, object]

_ACCEPTED: Final = "0"
_SEEN_BEFORE: Final = "15"
_DOUBTFUL: Final = re.compile(r"[ +-]*0[0. ]*|17|19|26|1000000(?!05|10)[0-9]{2}")
"""Acknowledgements that prove nothing: M-Pesa may have kept the request to send it again, and noughts may mean yes."""
_OK: Final = "200"
_PULL_YES: Final = frozenset({"1000", "1001"})
"""Registered, or registered before; transactions, or none of them."""
_USSD_TROUBLE: Final = frozenset({"4201", "4203"})


@attrs.frozen
class SuccessSign:
    """How a product says yes, and what its own words for no mean.

    Args:
        says_yes: Whether the fields of an answer with status 200 say yes.
        code: Finds the product's own code among the fields.
        kind_of_no: What a code of its own means that came with status 200 and no yes.
        words: What a refusal with such a phrase (in lower case) means, whatever its status.
        message: The field that holds the product's own words, where no other product has them.
    """

    says_yes: Callable[[Fields], bool]
    code: Callable[[Fields], str | None]
    kind_of_no: Callable[[str], ErrorKind]
    words: Mapping[str, ErrorKind] = attrs.field(factory=dict[str, ErrorKind])
    message: str = ""


def inside(fields: Fields, *path: str) -> Fields:
    """Give the object at the end of a path of names; an empty one where there is none."""
    for name in path:
        content = fields.get(name)
        fields = cast("Fields", content) if isinstance(content, dict) else {}
    return fields


def first_text(fields: Fields, *names: str) -> str | None:
    """Give the text or whole number of the first of the names that has one."""
    return next((text for name in names if (text := as_text(fields.get(name)))), None)


def _code_in(*names: str, within: str = "") -> Callable[[Fields], str | None]:
    return lambda fields: first_text(inside(fields, within) if within else fields, *names)


def _always(kind: ErrorKind) -> Callable[[str], ErrorKind]:
    return lambda _code: kind


def _is_one_of(codes: frozenset[str], find: Callable[[Fields], str | None]) -> Callable[[Fields], bool]:
    return lambda fields: find(fields) in codes


_RESPONSE_CODE: Final = _code_in("ResponseCode")
_HEADER: Final = _code_in("responseCode", "status", within="header")
_ORDER_HEADER: Final = _code_in("responseCode", within="ResponseHeader")
_PULL_STATUS: Final = _code_in("ResponseStatus", "Response Status", "ResponseCode")
_RESCODE: Final = _code_in("rescode")
_EXPRESS_CODE: Final = _code_in("code")
_SWAP_CODE: Final = _code_in("responseCode")


# ------------------------------------------------------------------------------- products that acknowledge a request


def _no_of_an_acknowledgement(code: str) -> ErrorKind:
    if code == _SEEN_BEFORE:
        return ErrorKind.DUPLICATE
    return ErrorKind.AMBIGUOUS if _DOUBTFUL.fullmatch(code) else ErrorKind.REFUSED


ACKNOWLEDGED: Final = SuccessSign(
    # An answer without any ResponseCode is none of Daraja's refusals; each product says what it makes of that.
    lambda fields: _RESPONSE_CODE(fields) in {_ACCEPTED, None},
    _RESPONSE_CODE,
    _no_of_an_acknowledgement,
)
"""M-Pesa Express, C2B simulate and everything with an initiator: ResponseCode 0."""

_REGISTERED_BEFORE: Final = ("already registered", "duplicate notification info", "responsecode 409")

ADDRESSES_REGISTERED: Final = SuccessSign(
    ACKNOWLEDGED.says_yes,
    _RESPONSE_CODE,
    _no_of_an_acknowledgement,
    words=dict.fromkeys(_REGISTERED_BEFORE, ErrorKind.CONFLICT),
)
"""C2B register, whose addresses may stand already; nobody can tell whose they are."""


# ----------------------------------------------------------------------------------------- products with codes of own


def _no_qr_code(code: str) -> ErrorKind:
    """Take a code of success that came without an image for doubt."""
    return ErrorKind.AMBIGUOUS if code.startswith("AG_") or not code.strip("0") else ErrorKind.REFUSED


QR_MADE: Final = SuccessSign(lambda fields: bool(as_text(fields.get("QRCode"))), _RESPONSE_CODE, _no_qr_code)
"""Dynamic QR: there is an image. Its ResponseCode is ``00`` or an id."""

PULL_REGISTERED: Final = SuccessSign(
    _is_one_of(_PULL_YES, _PULL_STATUS), _PULL_STATUS, _always(ErrorKind.REFUSED), message="ResponseMessage"
)
"""Pull, register: 1000, or 1001 where it was registered before."""

PULLED: Final = SuccessSign(
    _is_one_of(_PULL_YES, _RESPONSE_CODE),
    _RESPONSE_CODE,
    _always(ErrorKind.REFUSED),
    words={"no transaction": ErrorKind.NOT_FOUND},
)
"""Pull, query: 1000, or 1001 where there is nothing. An error that says so is no fault, either."""

BILL_TAKEN: Final = SuccessSign(
    _is_one_of(frozenset({_OK}), _RESCODE),
    _RESCODE,
    lambda code: ErrorKind.CONFLICT if code.startswith("4") else ErrorKind.AMBIGUOUS,
    message="Status_Message",
)
"""Bill Manager: rescode 200. Its 409 says that something is there already, or can no longer be changed."""

TILL_PROMPTED: Final = SuccessSign(
    _is_one_of(frozenset({_ACCEPTED}), _EXPRESS_CODE),
    _EXPRESS_CODE,
    lambda code: ErrorKind.AMBIGUOUS if code in _USSD_TROUBLE else ErrorKind.NOT_PROMPTED,
    message="status",
)
"""B2B Express: code 0, and nothing else but words."""

STANDING_ORDER_TAKEN: Final = SuccessSign(
    _is_one_of(frozenset({_OK}), _ORDER_HEADER),
    _ORDER_HEADER,
    lambda code: ErrorKind.REQUEST if code.startswith("4") else ErrorKind.AMBIGUOUS,
)
"""Standing order: 200 in the header."""


# ------------------------------------------------------------------------------------------------------------- look-ups


def _found_an_organisation(fields: Fields) -> bool:
    message = as_text(fields.get("ResponseMessage")) or ""
    return message.casefold() == "success" and as_text(fields.get("OrganizationName")) is not None


ORGANISATION_FOUND: Final = SuccessSign(
    _found_an_organisation, _RESPONSE_CODE, _always(ErrorKind.NOT_FOUND), message="DetailedMessage"
)
"""Organisation info: a name and the message Success, with code 4000 or 0."""

CUSTOMER_FOUND: Final = SuccessSign(
    _is_one_of(frozenset({_OK}), _HEADER),
    _HEADER,
    lambda code: ErrorKind.NOT_FOUND if code in {"400", "404"} else ErrorKind.AMBIGUOUS,
    words={"customer does not exist": ErrorKind.NOT_FOUND},
)
"""Hakikisha: 200 in the header."""

SWAP_FOUND: Final = SuccessSign(_is_one_of(frozenset({_OK}), _SWAP_CODE), _SWAP_CODE, _always(ErrorKind.NOT_FOUND))
"""SIM swap: responseCode 200."""

BONGA_DONE: Final = SuccessSign(
    _is_one_of(frozenset({_OK}), _HEADER),
    _HEADER,
    lambda code: (
        ErrorKind.NOT_FOUND if code == "404" else ErrorKind.REFUSED if code[:2] == "60" else ErrorKind.AMBIGUOUS
    ),
)
"""Bonga points: 200 in the header; 6001 to 6011 are its refusals."""
