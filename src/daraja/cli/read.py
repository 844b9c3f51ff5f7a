"""The command ``read``: messages of Safaricom, from files, folders or standard input."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, cast

import click

from daraja.api.parse import parse_incoming, parse_result
from daraja.api.result import Result, open_envelope
from daraja.api.stk.callback import parse_stk_callback
from daraja.cli.output import Output, with_output
from daraja.errors import CallbackMalformed
from daraja.http.json_body import read_json

_RESULTS: Final = ("b2c", "b2b", "tax", "reversal", "status", "balance")
"""The products whose results share one envelope, which does not name the product."""
_SIGNS: Final = {
    "accountbalance": "balance",
    "receiptno": "status",
    "originaltransactionid": "reversal",
    "transactionreceipt": "b2c",
    "debitpartyaffectedaccountbalance": "b2b",
}
"""Parameters, by their folded names, that only one product has."""
_FIELDS: Final = (
    *("product", "outcome", "code", "title", "words", "amount"),
    *("receipt", "phone", "receiver", "reference", "at", "id"),
)
_COLUMNS: Final = ["place", "product", "outcome", "amount>", "receipt", "title"]


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--product", type=click.Choice([*_RESULTS, "express", "standing_order"]), help="What the results belong to."
)
@with_output
def read(*, output: Output, paths: Sequence[Path], product: str | None) -> int:
    """Read callbacks, results and confirmations of every product.

    PATHS are files, or folders of files; without any, standard input is read. A
    file holds one body, a list of bodies, or one body a line. A result does not
    say which product it belongs to; --product says it. The exit status is 1 if
    something cannot be read.
    """
    rows = [{"place": place, **read_body(body, product)} for place, body in _bodies(paths)]
    output.rows(rows, _COLUMNS)
    unread = sum(row["product"] is None for row in rows)
    if unread:
        output.say(f"{unread} of {len(rows)} cannot be read. Keep them, and look at them yourself.")
    return int(unread > 0)


def _bodies(paths: Sequence[Path]) -> Iterator[tuple[str, object]]:
    """Return every body and where it stands."""
    if not paths:
        yield from _in_file("stdin", sys.stdin.buffer.read())
    for path in paths:
        files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        for file in files:
            yield from _in_file(str(file.relative_to(path)) if path.is_dir() else file.name, file.read_bytes())


def _in_file(name: str, content: bytes) -> Iterator[tuple[str, object]]:
    lines = [(index, line) for index, line in enumerate(content.splitlines(), 1) if line.strip()]
    try:
        value: object = read_json(content)
    except ValueError:
        if len(lines) <= 1:
            yield name, content
        else:
            yield from ((f"{name}:{index}", line) for index, line in lines)
        return
    several = _list_in(value)
    if several is None:
        yield name, content
    else:
        yield from ((f"{name}[{index}]", one) for index, one in enumerate(several))


def _list_in(value: object) -> list[object] | None:
    """Return the bodies in a list, or the records in an answer to a Pull query."""
    if isinstance(value, Mapping):
        value = cast("Mapping[str, object]", value).get("Response")
    while isinstance(value, list) and len(cast("list[object]", value)) == 1 and isinstance(value[0], list):
        value = cast("list[object]", value)[0]
    return cast("list[object]", value) if isinstance(value, list) else None


def read_body(body: object, product: str | None = None, /) -> dict[str, object]:
    """Return the fields of a body, by name; the product is None if it cannot be read.

    Args:
        body: The bytes of one body, or its parsed JSON.
        product: What a result belongs to, if it is known.
    """
    content = body if isinstance(body, bytes) else json.dumps(body, default=str)
    fault = ""
    for reader in _READERS if product is None else [partial(_result_of, product)]:
        try:
            return dict(reader(content))
        except CallbackMalformed as error:
            fault = fault or " ".join(error.args)  # the rest says only that it cannot be read
    return {**dict.fromkeys(_FIELDS), "title": fault}


def _push(body: bytes | str) -> dict[str, object]:
    said = parse_stk_callback(body)
    return {
        "product": "stk",
        "outcome": said.outcome.value,
        "code": said.result_code,
        "title": said.explanation.title,
        "words": said.result_description,
        "amount": said.amount,
        "receipt": said.receipt,
        "phone": said.phone,
        "receiver": None,
        "reference": None,
        "at": said.transaction_date,
        "id": said.checkout_request_id,
    }


def _incoming(body: bytes | str) -> dict[str, object]:
    money = parse_incoming(body)
    return {
        "product": money.source,
        "outcome": "announced",
        "code": None,
        "title": "Money that came in",
        "words": money.transaction_type,
        "amount": money.amount,
        "receipt": money.receipt,
        "phone": money.payer,
        "receiver": None,
        "reference": money.reference,
        "at": money.paid_at,
        "id": money.third_party_id,
    }


def _result(body: bytes | str) -> dict[str, object]:
    """Read a result of unknown product: its fields show the product, or the outcome is the same for all."""
    envelope = open_envelope(body)
    if envelope.fields.first("requestid") is not None:
        return _result_of("express", body)
    product = next((product for name, product in _SIGNS.items() if envelope.parameters.first(name) is not None), None)
    if product is not None:
        return _result_of(product, body)
    readings = [_result_of(product, body) for product in _RESULTS]
    if len({reading["outcome"] for reading in readings}) == 1:
        return {**readings[0], "product": "result"}
    return {**readings[0], "product": "result", "outcome": "depends", "title": "Name the product with --product"}


def _result_of(product: str, body: bytes | str) -> dict[str, object]:
    said = parse_result(product, body)
    return {
        "product": product,
        "outcome": said.outcome.value,
        "code": said.result_code,
        "title": _answer_in(said) or said.explanation.title,
        "words": said.result_description,
        "amount": said.amount,
        "receipt": said.receipt,
        "phone": None,
        "receiver": None if said.receiver is None else said.receiver.id,
        "reference": said.references.text("billreferencenumber"),
        "at": said.completed_at,
        "id": said.originator_conversation_id or said.conversation_id,
    }


def _answer_in(said: Result) -> str | None:
    """Return the answer to a query: the balances, or the status of the transaction."""
    if said.product == "balance":
        return "; ".join(f"{name} {balance.available:,}" for name, balance in said.balances.items())
    return said.parameters.text("transactionstatus")


_READERS: Final = (_push, _incoming, partial(_result_of, "standing_order"), _result)
