"""The commands over a store: ``payments``, ``payment``, ``resolve`` and ``dismiss``."""

import getpass
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import click

from daraja.cli.output import Output, with_output
from daraja.cli.shop import Shop, with_shop
from daraja.cli.words import entry_in_words, next_step, problem_in_words
from daraja.config import Environment
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.ports import Unreadable
from daraja.payments.model import Payment, Status
from daraja.stores import PaymentStore
from daraja.values.nairobi_time import EAT

__all__ = ["as_row", "dismiss", "payment", "payments", "resolve"]

_PAGE: Final = 500
_KEY: Final = re.compile("[0-9a-f]{32}")
_RECEIPT: Final = re.compile("[A-Z0-9]{8,12}")
_COLUMNS: Final = ["time", "order", "phone", "amount>", "status", "receipt"]
_WITH_KEYS: Final = ["key", "amount>", "status", "receipt"]
_DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--status", type=click.Choice([status.value for status in Status]))
@click.option("--order", help="The shop's own id of the order.")
@click.option("--phone", help="The customer's number, in any usual form.")
@click.option("--receipt", help="The M-Pesa receipt number.")
@click.option("--since", type=_DAY, help="The first day in Nairobi, such as 2026-11-30.")
@click.option("--until", type=_DAY, help="The last day.")
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help="The most payments to list.")
@click.option("--keys", is_flag=True, help="Show keys in the place of times, orders and phones.")
@click.option("--sums", is_flag=True, help="Show only the sums.")
@with_shop
@with_output
def payments(
    *,
    output: Output,
    shop: Shop,
    status: str | None,
    order: str | None,
    phone: str | None,
    receipt: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    keys: bool,
    sums: bool,
) -> int:
    """List payments, the newest first, with sums by status.

    Without --order, --phone, --receipt or --since, it lists those of today.
    """
    if since is None and not (order or phone or receipt):
        since = datetime.now(EAT).replace(hour=0, minute=0, second=0, microsecond=0)
    which = Filter(
        status=status,
        order=order,
        phone=phone,
        receipt=receipt,
        since=since and since.replace(tzinfo=EAT),
        until=until and until.replace(tzinfo=EAT) + timedelta(days=1),
    )
    found = list(_all(shop.store(), which))
    if not sums:
        output.rows((as_row(one) for one in found[:limit]), _WITH_KEYS if keys else _COLUMNS)
        if len(found) > limit:
            output.say(f"... and {len(found) - limit:,} more; see --limit")
        output.blank()
    if sums or not output.as_json:
        output.rows(_sums(found), ["status", "payments>", "amount>"])
    return 0


@click.command()
@click.argument("name")
@with_shop
@with_output
def payment(*, output: Output, shop: Shop, name: str) -> int:
    """Show all that is known of a payment, and what to do next.

    NAME is its key, its order, its receipt or its CheckoutRequestID. Of an order,
    every attempt is shown. The exit status is 1 if a person has to look.
    """
    store = shop.store()
    attempts = _named(store, shop, name)
    for index, one in enumerate(attempts):
        if index:
            output.blank()
        output.details(_details(store, one))
    return int(any(one.needs_attention for one in attempts))


@click.command()
@click.argument("name")
@click.option("--paid/--not-paid", default=None, help="Whether the money is on the M-Pesa statement.")
@click.option("--note", required=True, help="The reason.")
@click.option("--by", default=getpass.getuser, show_default="your user name", help="Who decided.")
@click.option("--receipt", help="The receipt number on the statement.")
@click.option("--no-fulfilment", is_flag=True, help="Go on without the shop's own checkout.")
@with_shop
@with_output
def resolve(
    *,
    output: Output,
    shop: Shop,
    name: str,
    paid: bool | None,
    note: str,
    by: str,
    receipt: str | None,
    no_fulfilment: bool,
) -> int:
    """Store your decision about a payment.

    Look at the M-Pesa statement first. NAME is its key, its order, its receipt or its CheckoutRequestID.
    """
    if paid is None:
        raise click.UsageError("Say what the M-Pesa statement shows: --paid or --not-paid.")
    checkout = shop.checkout(fulfils=paid and not no_fulfilment)
    found = _named(checkout.store, shop, name)
    waiting = [one for one in found if one.needs_attention] or found
    if len(waiting) > 1:
        raise click.UsageError("There are several. Name one by its key: " + ", ".join(one.key for one in waiting))
    transition = checkout.resolve(waiting[0].key, paid=paid, note=note, by=by, receipt=receipt)
    output.details(_details(checkout.store, transition.after))
    return 0


@click.command()
@click.argument("callback_id", required=False)
@click.option("--note", required=True, help="The reason.")
@click.option("--unsigned", type=float, metavar="HOURS", help="All unsigned ones that are older than this instead.")
@with_shop
@with_output
def dismiss(*, output: Output, shop: Shop, callback_id: str | None, note: str, unsigned: float | None) -> int:
    """Close a callback that belongs to no payment.

    Look at it first: reconcile --look names its id.
    """
    if (callback_id is None) is (unsigned is None):
        raise click.UsageError("Give the id of a callback, or --unsigned HOURS.")
    checkout = shop.checkout(fulfils=False)
    if callback_id is not None:
        checkout.dismiss(callback_id, note=note)
        closed = 1
    else:
        closed = checkout.dismiss_all(timedelta(hours=unsigned or 0), note=note)
    output.details({"closed": closed})
    return 0


def as_row(one: Payment | Unreadable) -> dict[str, object]:
    """Return a payment as a row of a table, and of JSON."""
    if isinstance(one, Unreadable):
        return {
            "key": one.key,
            **dict.fromkeys(["time", "order", "phone", "amount", "receipt"]),
            "status": "unreadable",
        }
    return {
        "key": one.key,
        "time": one.created_at,
        "order": one.order or one.reference,
        "attempt": one.attempt,
        "phone": one.phone,
        "amount": one.amount,
        "status": one.status.value,
        "paid": one.paid,
        "receipt": one.receipt,
        "needs_attention": one.needs_attention,
        "account": one.account.words,
    }


def _details(store: PaymentStore, one: Payment) -> dict[str, object]:
    callbacks = [found for found in store.callbacks(one.key) if not isinstance(found, Unreadable)]
    history = [f"{_time(entry.at)}  {entry_in_words(entry)}" for entry in store.history(one.key)]
    return {
        **as_row(one),
        "reference": one.reference,
        "description": one.description,
        "id": one.checkout_request_id,
        "result_code": one.result_code,
        "result": one.result_description,
        "conflicts": sorted(one.conflicts),
        "next_check": one.next_check_at,
        "succeeded": one.succeeded_at,
        "on_success": one.notified_at,
        "callbacks": [f"{_time(callback.received_at)}  {callback.remote_ip}" for callback in callbacks],
        "history": history,
        "problem": problem_in_words(one),
        "next": next_step(one, datetime.now(UTC)),
    }


def _time(instant: datetime) -> str:
    return f"{instant.astimezone(EAT):%Y-%m-%d %H:%M:%S}"


def _all(store: PaymentStore, which: Filter) -> Iterator[Payment | Unreadable]:
    last = None
    while page := store.list(which, _PAGE, last):
        yield from page
        last = page[-1].key


def _sums(found: Iterable[Payment | Unreadable]) -> list[dict[str, object]]:
    count, amount = Counter[str](), Counter[str]()
    for one in found:
        name = "unreadable" if isinstance(one, Unreadable) else one.status.value
        count[name] += 1
        amount[name] += 0 if isinstance(one, Unreadable) else one.amount
    return [{"status": name, "payments": count[name], "amount": amount[name]} for name in count]


def _named(store: PaymentStore, shop: Shop, name: str) -> Sequence[Payment]:
    """Find the payments that a person means.

    Raises:
        click.UsageError: If there is none.
    """
    found: Iterable[Payment | Unreadable | None]
    if _KEY.fullmatch(name):
        found = [store.load(name)]
    elif name.startswith("ws_CO_"):
        found = [store.find("checkout_request_id", name, environment) for environment in _environments(shop)]
    else:
        found = list(_all(store, Filter(order=name)))
        if not found and _RECEIPT.fullmatch(name.upper()):
            found = _all(store, Filter(receipt=name.upper()))
    payments = [one for one in found if isinstance(one, Payment)]
    if not payments:
        raise click.UsageError(f"The store has no payment {name!r}. Give a key, an order, a receipt or a ws_CO_ id.")
    return payments


def _environments(shop: Shop) -> list[str]:
    address = shop.settings.environ.get("MPESA_BASE_URL")
    return ["production", "sandbox", "simulator", *([Environment(address).name] if address else [])]
