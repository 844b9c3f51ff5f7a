"""The commands that show the store: ``payments``, ``payment``, ``payouts`` and ``receipts``."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import attrs
import click

from daraja.cli.listing import Listing, all_records, as_row, with_listing
from daraja.cli.output import Moment, Output, with_output
from daraja.cli.shop import Shop, with_shop
from daraja.cli.words import entry_in_words, next_step, problem_in_words
from daraja.config import Environment
from daraja.disbursements.kind import PayoutStatus
from daraja.inbound.model import ReceiptStatus
from daraja.inbound.paid_twice import by_hand
from daraja.ledger import offline_runtime
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.ports import RecordStore, Unreadable
from daraja.lifecycle.record import Record
from daraja.payments.model import Payment, Status
from daraja.payments.order import ByHand, Order
from daraja.runtime.base import RecordRuntime, run

if TYPE_CHECKING:
    from daraja.stores import PaymentStore, ReceiptStore

R = TypeVar("R", bound=Record)

_SHOWN_ALREADY: Final = {"account", "amount", "receipt"}
"""Facts that a row has, by the same or by another name."""
_KEY: Final = re.compile("[0-9a-f]{32}")
_RECEIPT: Final = re.compile("[A-Z0-9]{8,12}")


@click.command()
@click.option("--keys", is_flag=True, help="Show keys instead of times, orders and phones.")
@with_listing(Status)
@with_shop
@with_output
def payments(*, output: Output, shop: Shop, listing: Listing, keys: bool) -> int:
    """List payments, the newest first, with sums by status.

    Without --order, --phone, --receipt or --since, it lists those of today.
    """
    wide = ["time", "order", "phone", "amount>", "status", "receipt"]
    return listing.show(output, shop.store("payments"), ["key", "amount>", "status", "receipt"] if keys else wide)


@click.command()
@click.argument("name")
@with_shop
@with_output
def payment(*, output: Output, shop: Shop, name: str) -> int:
    """Show all that is known of a payment, and what to do next.

    NAME is its order, its receipt, its CheckoutRequestID, its idempotency key or
    its key. Of an order, every attempt is shown, with what was paid by hand. The
    exit status is 1 if a person has to look.
    """
    store, books = shop.store("payments"), books_of(shop)
    if books is not None and not _find(store, shop, name) and _find(books, shop, name):
        return _show(output, shop, books, name)  # it was only paid by hand
    return _show(output, shop, store, name, books)


@click.command()
@click.argument("name", required=False)
@with_listing(PayoutStatus)
@with_shop
@with_output
def payouts(*, output: Output, shop: Shop, listing: Listing, name: str | None) -> int:
    """List payouts with sums, or show one.

    NAME is its idempotency key, its key or its receipt. Without --phone,
    --receipt or --since, it lists those of today.
    """
    store = shop.store("payouts")
    if name is not None:
        return _show(output, shop, store, name)
    return listing.show(output, store, ["time", "to", "amount>", "product", "status", "receipt"])


@click.command()
@click.argument("name", required=False)
@click.option("--unmatched", is_flag=True, help="Only money that belongs to nothing, of all days.")
@with_listing(ReceiptStatus)
@with_shop
@with_output
def receipts(*, output: Output, shop: Shop, listing: Listing, name: str | None, unmatched: bool) -> int:
    """List money that came in unasked, or show one by its receipt.

    Without --order, --phone, --receipt or --since, it lists today's.
    """
    listing = attrs.evolve(listing, unmatched=unmatched)
    store = shop.store("receipts")
    if name is not None:
        return _show(output, shop, store, name)
    return listing.show(output, store, ["time", "receipt", "amount>", "reference", "status", "matched"])


def books_of(shop: Shop, /) -> "ReceiptStore | None":
    """Return the store of money paid by hand; None if the shop's own objects have none."""
    return cast("ReceiptStore", shop.store("receipts")) if "receipts" in shop.kinds else None


def _show(
    output: Output,
    shop: Shop,
    store: RecordStore[Any],  # Any: any kind
    name: str,
    books: "ReceiptStore | None" = None,
) -> int:
    found = named(store, shop, name)
    for index, one in enumerate(found):
        if index:
            output.blank()
        output.details(details(store, one, books))
    return int(any(one.needs_attention for one in found))


def details(
    store: RecordStore[Any],  # Any: any kind
    one: Record,
    books: "ReceiptStore | None" = None,
    /,
) -> dict[str, object]:
    """Return all that is known of a record, by name."""
    callbacks = [found for found in store.callbacks(one.key) if not isinstance(found, Unreadable)]
    now = datetime.now(UTC)
    order = _order_of(store, one, books, now)
    return {
        **as_row(one),
        "idempotency_key": one.idempotency_key,
        **{name: value for name, value in one.facts.items() if name not in _SHOWN_ALREADY},
        "result_code": one.result_code,
        "result": one.result_description,
        "conflicts": sorted(one.conflicts),
        "next_check": one.next_check_at,
        "succeeded": one.succeeded_at,
        "on_success": one.notified_at,
        "callbacks": [Moment(callback.received_at, callback.remote_ip) for callback in callbacks],
        "history": [Moment(entry.at, entry_in_words(entry), entry.event) for entry in store.history(one.key)],
        "paid_by_hand": [] if order is None else [f"KES {one.amount:,} as {one.number}" for one in order.receipts],
        "problem": problem_in_words(one),
        "next": next_step(one, now, order),
    }


def _order_of(
    store: RecordStore[Any],  # Any: any kind
    one: Record,
    books: "ReceiptStore | None",
    now: datetime,
) -> Order | None:
    """Return the order of a payment, with its other attempts and the money paid by hand; None if it has no order."""
    if not isinstance(one, Payment) or one.order is None:
        return None
    attempts = cast("PaymentStore", store).attempts(one.order, one.account)
    paid = ByHand()
    if books is not None:
        runtime = RecordRuntime(runtime=offline_runtime(None), store=books)
        paid = run(by_hand(one.account, one.order), runtime).without(attempts)
    return Order(order=one.order, attempts=tuple(attempts), by_hand=paid, as_of=now)


def named(store: RecordStore[R], shop: Shop, name: str, /) -> Sequence[R]:
    """Find the records that a person means by an order, a receipt, a CheckoutRequestID or a key.

    Raises:
        click.UsageError: If there is none.
    """
    found = _find(store, shop, name)
    if not found:
        message = f"The store has no {name!r}. Give an order, a receipt, a ws_CO_ id, an idempotency key or a key."
        raise click.UsageError(message)
    return found


def _find(store: RecordStore[R], shop: Shop, name: str) -> Sequence[R]:
    found: Iterable[R | Unreadable | None]
    if _KEY.fullmatch(name):
        found = [store.load(name)]
    elif name.startswith("ws_CO_"):
        found = [store.find("checkout_request_id", name, environment) for environment in _environments(shop)]
    else:
        found = list(all_records(store, Filter(order=name))) or list(all_records(store, Filter(idempotency_key=name)))
        if not found and _RECEIPT.fullmatch(name.upper()):
            found = all_records(store, Filter(receipt=name))
    return [one for one in found if one is not None and not isinstance(one, Unreadable)]


def _environments(shop: Shop) -> list[str]:
    address = shop.settings.environ.get("MPESA_BASE_URL")
    return ["production", "sandbox", "simulator", *([Environment(address).name] if address else [])]
