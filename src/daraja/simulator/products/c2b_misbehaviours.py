"""How the confirmations of a payment misbehave, and the payers' numbers that stand for it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import attrs

from daraja.simulator.clock import seconds_validator
from daraja.simulator.errors import Json
from daraja.simulator.products.base import MagicNumber
from daraja.simulator.products.c2b_payload import Registration, hashed

Change = Callable[[Json, str], Json]
"""Makes another body of the usual one. It is given the payer's whole number as well."""
Address = Callable[[Registration], str]

_LATE: Final = 300.0
_LONGEST_ACCOUNT: Final = 20


# Bodies


def unchanged(body: Json, _phone: str) -> Json:
    """Keep the usual body."""
    return body


def with_numbers(body: Json, _phone: str) -> Json:
    """Write amount and shortcode as numbers."""
    amount, shortcode = float(str(body["TransAmount"])), int(str(body["BusinessShortCode"]))
    return {**body, "TransAmount": amount, "BusinessShortCode": shortcode}


def with_plain_phone(body: Json, phone: str) -> Json:
    """Show the payer's whole number, as before 2022."""
    return {**body, "MSISDN": phone}


def with_hashed_phone(body: Json, phone: str) -> Json:
    """Put a hash in place of the payer's number."""
    return {**body, "MSISDN": hashed(phone)}


def without_name(body: Json, _phone: str) -> Json:
    """Leave the payer's name empty."""
    return {**body, "FirstName": ""}


def with_another_amount(body: Json, _phone: str) -> Json:
    """Name one shilling more than was paid."""
    return {**body, "TransAmount": f"{float(str(body['TransAmount'])) + 1:.2f}"}


def with_another_account(body: Json, _phone: str) -> Json:
    """Name another account than the payer typed."""
    return {**body, "BillRefNumber": f"X{body['BillRefNumber']}"[:_LONGEST_ACCOUNT]}


def with_another_receipt(body: Json, _phone: str) -> Json:
    """Name a receipt number that M-Pesa never gives: its third character is the day, and no day is a Z."""
    number = str(body["TransID"])
    return {**body, "TransID": f"{number[:2]}Z{number[3:]}"}


def without_balance(body: Json, _phone: str) -> Json:
    """Leave the balance empty, as in a validation."""
    return {**body, "OrgAccountBalance": ""}


# Addresses


def at_confirmation(registration: Registration) -> str:
    """Return the address that was registered for confirmations."""
    return registration.confirmation_url


def at_validation(registration: Registration) -> str:
    """Return the address that was registered for validations."""
    return registration.validation_url


def at_a_guess(registration: Registration) -> str:
    """Return the address of a stranger's guess: the last part of the path is another one."""
    guess = "0" * len(registration.confirmation_url.rstrip("/").rpartition("/")[2])
    return f"{registration.confirmation_url.rstrip('/').rpartition('/')[0]}/{guess}"


@attrs.frozen(kw_only=True)
class Confirmation:
    """One confirmation of a payment.

    Args:
        after: Seconds until it is sent.
        change: Makes another body of the usual one.
        address: Chooses the address that it is sent to.

    Raises:
        ValueError: If *after* is not from 0 to 86,400 seconds.
    """

    after: float = attrs.field(default=0.0, validator=seconds_validator)
    change: Change = unchanged
    address: Address = at_confirmation


_USUAL: Final = (Confirmation(),)


@attrs.frozen(kw_only=True)
class ConfirmationScenario:
    """How a payer's payments are confirmed to the shop, whether they pay by hand or at a prompt.

    Args:
        confirmations: The confirmations of each payment.
        early: Whether nothing waits: a payment by hand is confirmed before the shop has validated it, and one at a
            prompt before the callback of its push.
    """

    confirmations: Sequence[Confirmation] = _USUAL
    early: bool = False


def _changed(change: Change) -> ConfirmationScenario:
    return ConfirmationScenario(confirmations=(Confirmation(change=change),))


_SCENARIOS: Final[Mapping[str, ConfirmationScenario]] = {
    "NO_CONFIRMATION": ConfirmationScenario(confirmations=()),
    "THREE_CONFIRMATIONS": ConfirmationScenario(confirmations=_USUAL * 3),
    "LATE_CONFIRMATION": ConfirmationScenario(confirmations=(Confirmation(after=_LATE),)),
    "AMOUNT_AS_NUMBER": _changed(with_numbers),
    "PLAIN_PHONE": _changed(with_plain_phone),
    "HASHED_PHONE": _changed(with_hashed_phone),
    "NO_NAME": _changed(without_name),
    "EARLY_CONFIRMATION": ConfirmationScenario(early=True),
    "CONFIRMED_ANOTHER_AMOUNT": _changed(with_another_amount),
    "CONFIRMED_ANOTHER_ACCOUNT": _changed(with_another_account),
    "CONFIRMED_ANOTHER_RECEIPT": _changed(with_another_receipt),
    "CONFIRMED_AT_VALIDATION": ConfirmationScenario(confirmations=(Confirmation(address=at_validation),)),
    "UNSIGNED_CONFIRMATION": ConfirmationScenario(confirmations=(Confirmation(address=at_a_guess),)),
    "FORGED_CONFIRMATION": ConfirmationScenario(
        confirmations=(*_USUAL, Confirmation(change=with_another_receipt, address=at_a_guess))
    ),
    "NO_BALANCE": _changed(without_balance),
}
_TABLE: Final = """\
01  NO_CONFIRMATION  no confirmation comes: only Pull, a status query and the statement know of it.
02  THREE_CONFIRMATIONS  the same confirmation comes three times.
03  LATE_CONFIRMATION  the confirmation comes after five minutes.
04  AMOUNT_AS_NUMBER  the confirmation writes amount and shortcode as numbers.
05  PLAIN_PHONE  the confirmation shows the payer's whole number, as before 2022.
06  HASHED_PHONE  the confirmation has a hash in place of the payer's number.
07  NO_NAME  the confirmation has no name of the payer.
08  EARLY_CONFIRMATION  the confirmation comes before the shop validates it, or before the callback of the push.
09  CONFIRMED_ANOTHER_AMOUNT  the confirmation names one shilling more than was paid.
10  CONFIRMED_ANOTHER_ACCOUNT  the confirmation names another account than the payer typed.
11  CONFIRMED_ANOTHER_RECEIPT  the confirmation names a receipt that M-Pesa does not have.
12  CONFIRMED_AT_VALIDATION  the confirmation comes to the address for validations, and to no other.
13  UNSIGNED_CONFIRMATION  the confirmation comes to an address that the shop never gave, and to no other.
14  FORGED_CONFIRMATION  a forged one, with another receipt, follows to an address that the shop never gave.
15  NO_BALANCE  the confirmation has no balance, as a validation has none.
"""
_ROWS: Final = tuple(line.split("  ") for line in _TABLE.splitlines())
MAGIC_NUMBERS: Final[Sequence[MagicNumber]] = tuple(
    MagicNumber(f"2547000085{digits}", name, f"a payment by it: {about}") for digits, name, about in _ROWS
)
_BY_NUMBER: Final = {row.number: _SCENARIOS[row.name] for row in MAGIC_NUMBERS}
_ORDINARY: Final = ConfirmationScenario()


def scenario_of_payer(phone: str) -> ConfirmationScenario:
    """Return how the payments of a phone are confirmed."""
    return _BY_NUMBER.get(phone, _ORDINARY)
