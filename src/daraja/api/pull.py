"""Pull: query the payments of the last 48 hours, to find those that were not announced."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, cast

import attrs

from daraja import fields
from daraja.api.addresses import address_faults
from daraja.api.call import Registered, call
from daraja.api.incoming import IncomingPayment, read_incoming
from daraja.config import Config
from daraja.config.checks import raise_setting_faults
from daraja.errors import CallbackMalformed
from daraja.fields import Checked, Fault, faults_in, raise_faults, value_or_fault, values_of
from daraja.http.error_kinds import ErrorKind
from daraja.http.error_response import Refusal, SuccessSign
from daraja.http.flow import Flow, Now
from daraja.http.json_body import Fields, first_text
from daraja.values.nairobi_time import EAT
from daraja.values.secret import Secret

_LONGEST: Final = timedelta(hours=48)
_LEEWAY: Final = timedelta(hours=1)
"""The pages of one period are asked for one after the other, and clocks differ."""
_MOST: Final = 1_000_000_000
_BEFORE: Final = "1001"


_PULL_YES: Final = frozenset({"1000", "1001"})
"""Registered, or registered before; transactions, or none of them."""

PULL_REGISTERED: Final = SuccessSign(
    _PULL_YES,
    lambda _: ErrorKind.REFUSED,
    ("ResponseStatus", "Response Status", "ResponseCode"),
    message="ResponseMessage",
)
PULLED: Final = SuccessSign(_PULL_YES, lambda _: ErrorKind.REFUSED, words={"no transaction": ErrorKind.NOT_FOUND})
"""An error that says that there is nothing is no fault, either."""


def _moment(value: datetime) -> datetime:
    return value_or_fault(_check_moment, value)


def _check_moment(value: datetime) -> datetime:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise ValueError("is not a time with a zone; use datetime.now(UTC) rather than datetime.now()")
    return value


def _offset(value: int) -> int:
    return fields.whole_number(value, lowest=0, highest=_MOST)


@attrs.frozen(kw_only=True)
class PullPage:
    """Payments of a time, one page of them.

    A payment that is in it was made. One that is missing may still come: nobody knows how late Pull is.

    Args:
        payments: The payments that can be read.
        unreadable: Those that cannot be read, as they came; hidden in reprs.
        next_offset: The offset of the next page; None if this one is empty, so that there is no other.
    """

    payments: Sequence[IncomingPayment]
    unreadable: Sequence[object] = attrs.field(repr=False)
    next_offset: int | None


@attrs.frozen(kw_only=True)
class PullRegister(Checked):
    """The registration of our shortcode for Pull: give it to ``Daraja.run``. A second request is harmless.

    Args:
        callback_url: An address of yours, which Daraja wants to have.

    Raises:
        InvalidInput: If anything is wrong. Nothing was sent.

    Source:
        Daraja, PullTransaction.
    """

    callback_url: Secret = attrs.field(converter=fields.url, repr=False)

    def flow(self, config: Config, /) -> Flow[Registered]:
        """Register the shortcode; see ``Daraja.pull_register``."""
        if config.pull_number is None:
            raise_setting_faults({"pull_number": Fault("is missing, and Pull needs it")})
        raise_faults(address_faults(config, callback_url=self.callback_url))
        content = {
            "ShortCode": config.business.shortcode,
            "RequestType": "Pull",
            "NominatedNumber": config.pull_number,
            "CallBackURL": self.callback_url.reveal(),
        }
        return call(
            config,
            "/pulltransactions/v1/register",
            content,
            sign=PULL_REGISTERED,
            read=_read_registered,
            repeatable=True,
        )


@attrs.frozen(kw_only=True)
class PullTransactions(Checked):
    """A query for the payments of a period: give it to ``Daraja.run``. A query is harmless.

    Args:
        since: The beginning, a time with a zone, at most 48 hours ago.
        until: The end, a time with a zone.
        offset: How many payments are left out at the beginning: ``next_offset`` of the page before, or 0.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, PullTransaction.
    """

    since: datetime = attrs.field(converter=_moment)
    until: datetime = attrs.field(converter=_moment)
    offset: int = attrs.field(default=0, converter=_offset)

    def __attrs_post_init__(self) -> None:
        values = dict(values_of(self))
        if not faults_in({"since": self.since, "until": self.until}):
            if self.until <= self.since:
                values["until"] = Fault("is not after the beginning")
            elif self.until - self.since > _LONGEST:
                values["since"] = Fault("is more than 48 hours before the end; Pull goes back no further")
        raise_faults(values)

    def flow(self, config: Config, /) -> Flow[PullPage]:
        """Ask for the payments; see ``Daraja.pull_transactions``."""
        now = yield from Now()
        if now - self.since > _LONGEST + _LEEWAY:
            raise_faults({"since": Fault("is more than 48 hours ago; Pull goes back no further")})
        content = {
            "ShortCode": config.business.shortcode,
            "StartDate": _written(self.since),
            "EndDate": _written(self.until),
            "OffSetValue": str(self.offset),
        }
        query = call(
            config,
            "/pulltransactions/v1/query",
            content,
            sign=PULLED,
            read=self._read,
            repeatable=True,
            read_refused=_read_none,
        )
        return (yield from query)

    def _read(self, answer: Fields) -> PullPage:
        records = _records(answer.get("Response"))
        payments: list[IncomingPayment] = []
        unreadable: list[object] = []
        for record in records:
            try:
                payments.append(read_incoming(cast("Mapping[str, object]", record)))
            except CallbackMalformed:
                unreadable.append(record)
        next_offset = self.offset + len(records) if records else None
        return PullPage(payments=tuple(payments), unreadable=tuple(unreadable), next_offset=next_offset)


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(EAT):%Y-%m-%d %H:%M:%S}"


def _read_registered(answer: Fields) -> Registered:
    # The page spells this name with a space in its table, and without one in its sample.
    code = PULL_REGISTERED.code_in(answer)
    words = first_text(answer, "ResponseDescription", "ResponseMessage") or ""
    return Registered(already=code == _BEFORE, description=words)


def _records(response: object) -> list[object]:
    """Take the records out of their lists: a list in a list, or an empty list if there is none."""
    if not isinstance(response, list):
        return [] if response is None else [response]
    return [record for part in cast("list[object]", response) for record in _records(part)]


def _read_none(refusal: Refusal) -> PullPage | None:
    """Read a refusal that says no transactions: there are none, and it is no fault."""
    return PullPage(payments=(), unreadable=(), next_offset=None) if refusal.kind is ErrorKind.NOT_FOUND else None
