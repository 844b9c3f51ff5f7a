"""Whom a payout pays: the product that reaches them, how M-Pesa names them, and how they are stored."""

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from daraja.to import BulkAccount, Mobile, OwnUtility, PayBillAccount, Pochi, Receiver, Tax, TillNumber

_CLASSES: Final[Mapping[str, type[Receiver]]] = {
    "mobile": Mobile,
    "pochi": Pochi,
    "pay_bill": PayBillAccount,
    "till": TillNumber,
    "bulk": BulkAccount,
    "own_utility": OwnUtility,
    "tax": Tax,
}
_NAMES: Final = {receiver: name for name, receiver in _CLASSES.items()}
_NOBODY: Final = re.compile(r"0*")
_NOT_A_DIGIT: Final = re.compile(r"[^0-9*xX]")


def number_of(receiver: Receiver, /) -> str:
    """Return the phone or the number of a receiver, which no other receiver has."""
    match receiver:
        case Mobile(phone=number) | Pochi(phone=number) | TillNumber(number=number) | BulkAccount(shortcode=number):
            return number
        case PayBillAccount(shortcode=shortcode, account=account):
            return f"{shortcode} {account}"
        case Tax(prn=prn):
            return prn
        case OwnUtility():  # pragma: no branch - no other class is a receiver
            return "own utility"


def number_seen(receiver: Receiver, seen: str | None, /) -> str | None:
    """Return the number of the receiver that a result proves, to compare with ``number_of``; None if it proves none.

    M-Pesa masks phones, and names a till by a store that we may not know. What can be the receiver is the receiver.

    Args:
        receiver: Whom we meant.
        seen: The number of the party in the result.
    """
    if seen is None or not isinstance(receiver, Mobile | Pochi | PayBillAccount):
        return None
    meant = receiver.shortcode if isinstance(receiver, PayBillAccount) else receiver.phone
    digits = _NOT_A_DIGIT.sub("", seen)
    if _NOBODY.fullmatch(digits):
        return None
    shown = re.escape(digits).replace(r"\*", "[0-9]").replace("x", "[0-9]").replace("X", "[0-9]")
    # How many stars stand for the hidden digits differs, so one star stands for any number of them.
    loosely = re.sub(r"(?:\[0-9\])+", "[0-9]*", shown)
    return number_of(receiver) if re.fullmatch(loosely, meant) else seen


def describe(receiver: Receiver, /) -> str:
    """Return the receiver in words for staff; its number is masked in reprs only."""
    match receiver:
        case PayBillAccount(shortcode=shortcode, account=account):
            return f"pay bill {shortcode}, account {account}"
        case TillNumber(number=number):
            return f"till {number}"
        case BulkAccount(shortcode=shortcode):
            return f"bulk account {shortcode}"
        case OwnUtility():
            return "our own Utility account"
        case Tax(prn=prn):
            return f"tax {prn}"
        case Pochi(phone=phone):
            return f"Pochi {phone}"
        case Mobile(phone=phone):  # pragma: no branch - as above
            return phone


def to_json(receiver: Receiver, /) -> dict[str, str | None]:
    """Return the receiver as JSON can hold it."""
    return {"kind": _NAMES[type(receiver)], **attrs.asdict(receiver)}


def from_json(fields: Mapping[str, Any], /) -> Receiver:  # Any: what JSON held
    """Return the receiver that ``to_json`` wrote as *fields*."""
    arguments = dict(fields)
    return _CLASSES[arguments.pop("kind")](**arguments)
