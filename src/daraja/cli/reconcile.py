"""The command ``reconcile``: look after all open payments, once or until it is stopped."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Event
from typing import Final

import attrs
import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from daraja.checkout import Checkout
from daraja.cli.output import Output, with_output
from daraja.cli.payments import as_row
from daraja.cli.shop import Shop, with_shop
from daraja.cli.words import problem_in_words
from daraja.errors import DarajaError
from daraja.lifecycle.ports import Unreadable
from daraja.lifecycle.reconcile import Report
from daraja.payments.model import Payment
from daraja.stores import PaymentStore

__all__ = ["reconcile"]

_MOST_LISTED: Final = 1000
_ALWAYS: Final = {"asked", "succeeded", "settled"}
"""Counts that are shown even if they are 0."""
_LISTS: Final = {"conflicts", "refunds_due", "unconfirmed", "unmatched", "unreadable"}


@click.command()
@click.option("--look", is_flag=True, help="Only look: change nothing, and ask nobody.")
@click.option("--watch", type=click.FloatRange(0), metavar="SECONDS", help="Go on until Ctrl-C, with this pause.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="The most payments of one run.")
@click.option("--no-fulfilment", is_flag=True, help="Go on without the shop's own checkout.")
@with_shop
@with_output
def reconcile(*, output: Output, shop: Shop, look: bool, watch: float | None, limit: int, no_fulfilment: bool) -> int:
    """Look after all open payments, and list those for a person.

    It applies callbacks that are left over, queries Daraja about what is due, and
    calls on_success again where it failed. Run it every minute, on as many
    machines as you like. The exit status is 1 if a person has to look at
    something, or the run failed.
    """
    if look:
        return _look(output, shop.store())
    checkout = shop.checkout(fulfils=not no_fulfilment)
    status = _run(output, checkout, limit)
    try:
        while watch is not None:
            Event().wait(watch)
            status = _run(output, checkout, limit)
    except KeyboardInterrupt:
        pass
    return status


def _run(output: Output, checkout: Checkout, limit: int) -> int:
    """Run once. An error of the database or of the shop's code ends no job that watches."""
    try:
        report = _with_progress(checkout, limit)
        output.details(_counts(report))
        if not output.as_json:
            _list(output, checkout.store, report)
    except Exception as error:  # noqa: BLE001 - as above
        words = str(error) if isinstance(error, DarajaError) else type(error).__name__
        click.echo(f"Error: the run failed: {words}", err=True)
        return 1
    return int(report.needs_attention)


def _with_progress(checkout: Checkout, limit: int) -> Report:
    """Run with a progress bar, if a person sees standard error."""
    due = min(limit, checkout.store.count_due(datetime.now(UTC)))
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed} of {task.total}")
    nobody_looks = not sys.stderr.isatty() or due == 0
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=nobody_looks) as progress:
        bar = progress.add_task("payments", total=due)

        def show(report: Report) -> None:
            progress.update(bar, completed=min(due, report.asked + report.delivered + report.failed))

        return checkout.reconcile(limit=limit, progress=show)


def _counts(report: Report) -> dict[str, object]:
    fields = [field.name for field in attrs.fields(Report)]
    values = {name: getattr(report, name) for name in fields}
    shown = {name: list(value) if name in _LISTS else value for name, value in values.items()}
    return {name: value for name, value in shown.items() if value or name in _ALWAYS}


def _list(output: Output, store: PaymentStore, report: Report) -> None:
    """Print the payments for a person."""
    keys = (*report.conflicts, *report.unconfirmed, *report.refunds_due)
    for found in filter(None, map(store.load, keys)):
        output.blank()
        output.details(_problem(found))
    if report.unmatched:
        output.say("Look at the unmatched callbacks, then run: daraja-kit dismiss ID --note ...")


def _look(output: Output, store: PaymentStore) -> int:
    """Print what waits: for a person, for a query, and which callbacks belong to nothing yet."""
    waiting = [_problem(one) for one in store.need_attention(_MOST_LISTED)]
    callbacks = list(_waiting_callbacks(store))
    output.rows([*waiting, *callbacks], ["key", "amount>", "status", "problem"])
    output.say(f"{len(waiting)} payments wait for a person, {len(callbacks)} callbacks are not processed.")
    output.say(f"{store.count_due(datetime.now(UTC))} payments are due for a query.")
    return int(bool(waiting or callbacks))


def _problem(one: Payment | Unreadable) -> dict[str, object]:
    return {**as_row(one), "problem": one.reason if isinstance(one, Unreadable) else problem_in_words(one)}


def _waiting_callbacks(store: PaymentStore) -> Iterator[dict[str, object]]:
    for one in store.unprocessed(_MOST_LISTED):
        if isinstance(one, Unreadable):
            yield {"key": one.key, "amount": None, "status": "callback", "problem": one.reason}
        else:
            came = f"came {one.received_at:%Y-%m-%d %H:%M} UTC, {'signed' if one.key else 'unsigned'}"
            yield {"key": one.id, "amount": None, "status": "callback", "problem": came}
