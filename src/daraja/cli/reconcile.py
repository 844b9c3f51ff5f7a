"""The command ``reconcile``: look after all open payments, once or until it is stopped."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from textwrap import shorten
from threading import Event
from typing import Any, Final, cast

import attrs
import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from daraja.cli.listing import as_row
from daraja.cli.output import Output, with_output
from daraja.cli.read import read_body
from daraja.cli.shop import FACES, Face, Kind, Shop, with_shop
from daraja.cli.words import problem_in_words
from daraja.errors import DarajaError
from daraja.inbound.sweep import ReceiptReport
from daraja.lifecycle.ports import ReceivedCallback, RecordStore, Unreadable
from daraja.lifecycle.reconcile import Report
from daraja.lifecycle.record import Record
from daraja.receipts import Receipts
from daraja.system.interrupts import until_interrupted
from daraja.values.nairobi_time import EAT

_MOST_LISTED: Final = 1000
_LONGEST_TITLE: Final = 40
"""Characters. Balances, for example, are longer; ``read`` shows all."""
_ALWAYS: Final = {"asked", "succeeded", "settled"}
"""Counts that are shown even if they are 0."""
_SHOWN_BY: Final[Mapping[Kind, str]] = {"payments": "payment", "payouts": "payouts", "receipts": "receipts"}
"""The commands that show one record."""
_OF_RECORDS: Final = ("conflicts", "unconfirmed", "refunds_due")
"""Fields of a report with the keys of records."""


@click.command()
@click.option("--look", is_flag=True, help="Only look: change nothing, and ask nobody.")
@click.option("--watch", type=click.FloatRange(0), metavar="SECONDS", help="Go on until Ctrl-C, with this pause.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="The most records of one run.")
@click.option("--no-fulfilment", is_flag=True, help="Go on without the shop's own checkout.")
@with_shop
@with_output
def reconcile(*, output: Output, shop: Shop, look: bool, watch: float | None, limit: int, no_fulfilment: bool) -> int:
    """Look after all open payments, and list those for a person.

    It applies callbacks that are left over, queries Daraja about what is due, and
    calls on_success again if it failed. Run it every minute, on as many
    machines as you like. With --checkout shop:payouts or shop:receipts it looks
    after those. The exit status is 1 if a person has to look at something, or the
    run failed.
    """
    if look:
        return _look(output, shop)
    face = shop.to_reconcile(fulfils=not no_fulfilment)
    if watch is None:
        return _run(output, face, limit)
    status = 0
    with until_interrupted() as interrupted:
        while not interrupted():
            status = _run(output, face, limit)
            Event().wait(watch)
    return status


def _run(output: Output, face: Face, limit: int) -> int:
    """Run once. An error of the database or of the shop's code ends no job that watches."""
    try:
        report = _with_progress(face, limit)
        output.details(_counts(report, output))
        if not output.as_json:
            _list(output, face, report)
    except BrokenPipeError:  # of our own output
        raise
    except Exception as error:  # noqa: BLE001 - as above
        words = str(error) if isinstance(error, DarajaError) else type(error).__name__
        click.echo(f"Error: the run failed: {words}", err=True)
        return 1
    return int(report.needs_attention)


def _with_progress(face: Face, limit: int) -> Report | ReceiptReport:
    """Run with a progress bar, if a person sees standard error."""
    if isinstance(face, Receipts):
        return face.reconcile(limit=limit)
    due = min(limit, face.store.count_due(datetime.now(UTC)))
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed} of {task.total}")
    nobody_looks = not sys.stderr.isatty() or due == 0
    with Progress(*columns, console=Console(stderr=True, quiet=nobody_looks), transient=True) as progress:
        bar = progress.add_task("reconciling", total=due)

        def show(report: Report) -> None:
            progress.update(bar, completed=min(due, report.asked + report.delivered + report.failed))

        return face.reconcile(limit=limit, progress=show)


def _counts(report: Report | ReceiptReport, output: Output) -> dict[str, object]:
    """Return the report, with the keys of records that wait for a person; for people it has only their number."""
    values: dict[str, Any] = {field.name: getattr(report, field.name) for field in attrs.fields(type(report))}
    for name, value in values.items():
        if isinstance(value, tuple):
            keys = cast("tuple[str, ...]", value)
            values[name] = list(keys) if output.as_json else len(keys)
    return {name: value for name, value in values.items() if value or name in _ALWAYS}


def _list(output: Output, face: Face, report: Report | ReceiptReport) -> None:
    """Print the records for a person, and how to go on with each."""
    keys = [key for name in _OF_RECORDS for key in getattr(report, name, ())]
    keys += report.unmatched if isinstance(report, ReceiptReport) else []
    rows = [_problem(found) for found in filter(None, map(face.store.load, keys))]
    if rows:
        output.blank()
        output.rows(rows, ["key", "amount>", "status", "problem"])
        kind: Kind = next(name for name, of_kind in FACES.items() if isinstance(face, of_kind))
        output.say_next("What to do about each of them:", f"{_SHOWN_BY[kind]} KEY")
    if isinstance(report, Report) and report.unmatched:
        look, dismiss = "reconcile --look", "dismiss ID --note ..."
        output.say_next("Look at the unmatched callbacks, then close each of them:", look, dismiss)


def _look(output: Output, shop: Shop) -> int:
    """Print the records that wait for a person, and how many wait for ``reconcile`` itself."""
    rows: list[dict[str, object]] = []
    due = 0
    for kind in shop.kinds:
        store = shop.store(kind)
        due += store.count_due(datetime.now(UTC))
        rows += [{"of": kind, **_problem(one)} for one in store.need_attention(_MOST_LISTED)]
        for callback in store.unprocessed(_MOST_LISTED):
            row = _for_a_person(callback, store, kind)
            due += row is None
            rows += [] if row is None else [{"of": kind, **row}]
    if rows:
        output.rows(rows, ["key", "of", "amount>", "status", "problem"])
    output.say(f"Waiting for a person: {len(rows)}. Waiting for the next reconcile: {due}.")
    return int(bool(rows))


def _problem(one: Record | Unreadable) -> dict[str, object]:
    return {**as_row(one), "problem": one.reason if isinstance(one, Unreadable) else problem_in_words(one)}


def _for_a_person(
    callback: ReceivedCallback | Unreadable,
    store: RecordStore[Any],
    kind: Kind,  # Any: any kind
) -> dict[str, object] | None:
    """Return the row of a callback that belongs to nothing; None for one that ``reconcile`` applies."""
    if isinstance(callback, Unreadable):
        return {"key": callback.key, "amount": None, "status": "callback", "problem": callback.reason}
    said = read_body(callback.body)
    is_known = callback.key is not None and (kind == "receipts" or store.load(callback.key) is not None)
    if is_known and said["product"] is not None:
        return None
    came = f"{'signed' if callback.key else 'unsigned'}, {callback.received_at.astimezone(EAT):%d %b %H:%M}"
    words = shorten(str(said["title"]), _LONGEST_TITLE, placeholder=" ...")
    about = "cannot be read" if said["product"] is None else f"{said['product']} {said['outcome']}"
    return {**said, "key": callback.id, "status": "callback", "problem": f"{came}; {about}: {words}"}
