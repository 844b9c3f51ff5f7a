"""Whom we pay: a phone, a business, an account of our own or the tax authority."""

from typing import TypeVar, cast

import attrs
from attrs.converters import optional

from daraja import fields
from daraja.fields import Checked, Fault, value_or_fault

__all__ = ["BulkAccount", "Mobile", "OwnUtility", "PayBillAccount", "Pochi", "Receiver", "Tax", "TillNumber", "one"]

Kind = TypeVar("Kind")


def _national_id(value: str) -> str:
    return fields.letters_and_digits(value, "a national id", shortest=5, longest=12)


def _prn(value: str) -> str:
    return fields.letters_and_digits(value, "the payment registration number of a tax", longest=30)


@attrs.frozen
class Mobile(Checked):
    """The M-Pesa account of a phone.

    >>> Mobile("0712 345 678")
    Mobile(phone='2547*****678', id_number=None)

    Args:
        phone: A Kenyan mobile number in any usual form.
        id_number: The owner's national id, for M-Pesa to compare before it pays: 5 to 12 letters and digits.

    Raises:
        InvalidInput: If one of them is wrong.

    Source:
        Daraja, BusinessToCustomer.
    """

    phone: str = attrs.field(converter=fields.phone)
    id_number: str | None = attrs.field(
        default=None,
        converter=optional(_national_id),
        kw_only=True,
        repr=lambda number: "***" if number else "None",
    )


@attrs.frozen
class Pochi(Checked):
    """The business wallet (Pochi la Biashara) of a phone.

    Args:
        phone: A Kenyan mobile number in any usual form.

    Raises:
        InvalidInput: If it is none.

    Source:
        Daraja, BusinessToPochi.
    """

    phone: str = attrs.field(converter=fields.phone)


@attrs.frozen
class PayBillAccount(Checked):
    """An account at somebody's pay bill.

    >>> PayBillAccount("888880", account="17")
    PayBillAccount(shortcode='888880', account='17')

    Args:
        shortcode: The pay bill number, five to seven digits as text.
        account: The account there: 1 to 13 letters, digits, spaces and ``- _ . /``.

    Raises:
        InvalidInput: If one of them is wrong.

    Source:
        Daraja, BusinessPayBill.
    """

    shortcode: str = attrs.field(converter=fields.shortcode)
    account: str = attrs.field(converter=fields.account, kw_only=True)


@attrs.frozen
class TillNumber(Checked):
    """Somebody's till.

    Args:
        number: The till number, five to seven digits as text.
        reference: Words for the receiver: 1 to 13 letters, digits, spaces and ``- _ . /``.

    Raises:
        InvalidInput: If one of them is wrong.

    Source:
        Daraja, BusinessBuyGoods.
    """

    number: str = attrs.field(converter=fields.shortcode)
    reference: str = attrs.field(default="Payment", converter=fields.account, kw_only=True)


@attrs.frozen
class BulkAccount(Checked):
    """A bulk shortcode, whose Utility account is loaded so that it can pay out.

    Args:
        shortcode: The bulk shortcode, five to seven digits as text.

    Raises:
        InvalidInput: If it is none.

    Source:
        Daraja, B2CAccountTopUp.
    """

    shortcode: str = attrs.field(converter=fields.shortcode)


@attrs.frozen
class OwnUtility(Checked):
    """The Utility account of our own shortcode, which is loaded from its Working account."""


@attrs.frozen
class Tax(Checked):
    """The Kenya Revenue Authority.

    Args:
        prn: The payment registration number of the tax, 1 to 30 letters and digits. It is paid once.

    Raises:
        InvalidInput: If it is none.

    Source:
        Daraja, TaxRemittance.
    """

    prn: str = attrs.field(converter=_prn)


Receiver = Mobile | Pochi | PayBillAccount | TillNumber | BulkAccount | OwnUtility | Tax
"""All of them."""


def one(kind: type[Kind], value: "str | Kind", /) -> Kind:
    """Return the receiver that a text stands for, or a ``Fault``; a receiver is returned as it is.

    Args:
        kind: The class of the receiver.
        value: One of that class, or the text that its constructor takes.
    """
    if isinstance(value, kind):
        return value
    if not isinstance(value, str):
        return cast("Kind", Fault(f"is {type(value).__name__}; give {kind.__name__}(...) of daraja.to, or its text"))
    receiver = value_or_fault(kind, value)
    if isinstance(receiver, Fault):
        return cast("Kind", Fault(next(iter(receiver.fields.values()))))
    return receiver
