"""A filter for lists of records: by status, time, order, phone, receipt, idempotency key and account."""

from collections.abc import Mapping
from datetime import datetime

import attrs

from daraja import fields
from daraja.fields import Checked, value_or_fault
from daraja.lifecycle.record import Account, Record


def _status(value: str | None) -> str | None:
    return None if value is None else value_or_fault(_check_text, str(value))


def _time(value: datetime | None) -> datetime | None:
    return None if value is None else value_or_fault(_check_time, value)


def _text(value: str | None) -> str | None:
    return None if value is None else value_or_fault(_check_text, value)


def _phone(value: str | None) -> str | None:
    return None if value is None else fields.phone(value)


def _receipt(value: str | None) -> str | None:
    return None if value is None else value_or_fault(_check_receipt, value)


def _account(value: Account | None) -> Account | None:
    return None if value is None else value_or_fault(_check_account, value)


@attrs.frozen(kw_only=True)
class Filter(Checked):
    """The records to list. An argument that is left out limits nothing.

    >>> Filter(phone="0712 345 678", status="success").equals
    {'status': 'success', 'phone': '254712345678'}

    Args:
        status: One status, such as ``pending``.
        since: Only records that were made at this time or later.
        until: Only records that were made before this time.
        order: The shop's own id of the order.
        phone: The phone of the customer, in any usual form.
        receipt: The M-Pesa receipt number.
        idempotency_key: The caller's name for the record.
        account: Whose records.
        check_after: Only records whose next check is later than this time.

    Raises:
        InvalidInput: If an argument is wrong; correct those that it names.
    """

    status: str | None = attrs.field(default=None, converter=_status)
    since: datetime | None = attrs.field(default=None, converter=_time)
    until: datetime | None = attrs.field(default=None, converter=_time)
    order: str | None = attrs.field(default=None, converter=_text)
    phone: str | None = attrs.field(default=None, converter=_phone)
    receipt: str | None = attrs.field(default=None, converter=_receipt)
    idempotency_key: str | None = attrs.field(default=None, converter=_text)
    account: Account | None = attrs.field(default=None, converter=_account)

    check_after: datetime | None = attrs.field(default=None, converter=_time)

    @property
    def equals(self) -> Mapping[str, str]:
        """The attributes of a record that are compared, by name, and the wanted value of each."""
        of_account = {} if self.account is None else attrs.asdict(self.account)
        wanted = {
            "status": self.status,
            "order": self.order,
            "phone": self.phone,
            "receipt": self.receipt,
            "idempotency_key": self.idempotency_key,
        }
        return {name: str(value) for name, value in {**wanted, **of_account}.items() if value is not None}

    def matches(self, record: Record, /) -> bool:
        """Tell whether *record* is one of them, for stores that have no database to ask.

        Args:
            record: The record.
        """
        early = self.since is not None and record.created_at < self.since
        late = self.until is not None and record.created_at >= self.until
        due = record.next_check_at
        soon = self.check_after is not None and (due is None or due <= self.check_after)
        return not (early or late or soon) and all(
            getattr(record, name, None) == value for name, value in self.equals.items()
        )


def _check_text(value: str) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("is no text, is empty or cannot be printed; leave it out to list all")
    return value


def _check_receipt(value: str) -> str:
    return _check_text(value).strip().upper()


def _check_time(value: datetime) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("is no time with a time zone, such as datetime(2026, 1, 31, tzinfo=UTC)")
    return value


def _check_account(value: Account) -> Account:
    if not isinstance(value, Account):
        raise ValueError('is no account, such as Account("production", "600111")')
    return value
