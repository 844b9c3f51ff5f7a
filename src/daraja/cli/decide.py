"""The commands by which a person decides: ``resolve``, ``dismiss`` and ``assign``."""

import getpass
from datetime import timedelta
from typing import Any

import click

from daraja.checkout import Checkout
from daraja.cli.output import Output, with_output
from daraja.cli.payments import books_of, details, named
from daraja.cli.shop import KINDS, Kind, Shop, with_shop
from daraja.ledger import Ledger
from daraja.payouts import Payouts
from daraja.receipts import Receipts

_note = click.option("--note", required=True, help="The reason.")
_by = click.option("--by", default=getpass.getuser, show_default="your user name", help="Who decided.")
_of_kind = click.option(
    "--of", "kind", type=click.Choice(KINDS), default="payments", show_default=True, help="What it belongs to."
)


@click.command()
@click.argument("name")
@click.option("--paid/--not-paid", default=None, help="Whether the money is on the M-Pesa statement.")
@_note
@_by
@click.option("--receipt", help="The receipt number on the statement.")
@click.option("--no-fulfilment", is_flag=True, help="Go on without the shop's own checkout.")
@_of_kind
@with_shop
@with_output
def resolve(
    *,
    output: Output,
    shop: Shop,
    kind: Kind,
    name: str,
    paid: bool | None,
    no_fulfilment: bool,
    **decision: Any,  # noqa: ANN401 - note, by and receipt, as `Ledger.resolve` takes them
) -> int:
    """Store your decision about a payment.

    Look at the M-Pesa statement first. NAME is its key, its order, its receipt or
    its CheckoutRequestID. Payouts are decided in the same way: --of payouts.
    """
    if paid is None:
        raise click.UsageError("Say what the M-Pesa statement shows: --paid or --not-paid.")
    face = shop.face(kind)
    if face is None and paid and not no_fulfilment:
        raise shop.would_not_fulfil()
    store = shop.store(kind)
    found = named(store, shop, name)
    waiting = [one for one in found if one.needs_attention] or found
    if len(waiting) > 1:
        raise click.UsageError("There are several. Name one by its key: " + ", ".join(one.key for one in waiting))
    books = books_of(shop) if kind == "payments" else None
    decider = face if isinstance(face, Checkout | Payouts) else Ledger(store, receipts=books)
    output.details(details(store, decider.resolve(waiting[0].key, paid=paid, **decision).after, books))
    return 0


@click.command()
@click.argument("callback_id", required=False)
@_note
@click.option(
    "--unsigned",
    type=click.IntRange(0, 100_000),
    metavar="HOURS",
    help="Close all unsigned ones that are older than this.",
)
@_of_kind
@with_shop
@with_output
def dismiss(*, output: Output, shop: Shop, kind: Kind, callback_id: str | None, note: str, unsigned: int | None) -> int:
    """Close a callback that belongs to no payment.

    Look at it first: reconcile --look names its id.
    """
    if (callback_id is None) is (unsigned is None):
        raise click.UsageError("Give the id of a callback, or --unsigned HOURS.")
    ledger = Ledger(shop.store(kind))
    if callback_id is None:
        output.details({"closed": ledger.dismiss_all(timedelta(hours=unsigned or 0), note=note)})
    else:
        ledger.dismiss(callback_id, note=note)
        output.details({"closed": 1})
    return 0


@click.command()
@click.argument("receipt")
@click.option("--order", help="The order that this money pays.")
@click.option("--reference", help="The reference of the expectation that this money pays.")
@click.option("--nothing", is_flag=True, help="It counts for nothing: a test, or money that was sent back.")
@_note
@_by
@with_shop
@with_output
def assign(
    *,
    output: Output,
    shop: Shop,
    receipt: str,
    order: str | None,
    reference: str | None,
    nothing: bool,
    note: str,
    by: str,
) -> int:
    """Store what unasked money is for, by its RECEIPT.

    It needs the shop's own receipts (--checkout shop.payments:receipts), whose
    on_received fulfils the order.
    """
    if sum([order is not None, reference is not None, nothing]) != 1:
        raise click.UsageError("Say what the money is for: --order, --reference or --nothing.")
    face = shop.face("receipts")
    if not isinstance(face, Receipts):
        raise click.UsageError("Name the shop's own receipts, such as --checkout shop.payments:receipts.")
    number = named(face.store, shop, receipt)[0].number
    if nothing:
        transition = face.dismiss(number, by=by, note=note)
    else:
        transition = face.assign(number, order=order, reference=reference, by=by, note=note)
    output.details(details(face.store, transition.after))
    return 0
