"""The codes of Safaricom, each as a line that opens: short on a phone, and found by a filter."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

from daraja.http.error_kinds import CODES, ErrorKind
from daraja.http.error_response import Refusal
from daraja.result_codes import Explanation, Outcome
from daraja.result_codes.lookup import table_of

__all__ = ["all_codes", "error_codes", "product_codes"]

_PRODUCTS: Final[Mapping[str, str]] = {
    "stk": "M-Pesa Express (a push)",
    "b2c": "B2C and Pochi",
    "b2b": "B2B",
    "tax": "Tax",
    "reversal": "Reversal",
    "status": "Transaction status",
    "balance": "Account balance",
    "express": "B2B Express",
    "standing_order": "Standing order",
}
_FILTER: Final = (
    '<p class="find-code"><label>Find a code or a word <input type="search" id="find-code" '
    'placeholder="1032, 500.001.1001, cancelled"></label> <output></output></p>'
)


def all_codes() -> str:
    """List the codes of every product below a filter, those of a push first and open."""
    parts = [_FILTER]
    for product, title in _PRODUCTS.items():
        rows = [_row(product, row) for row in table_of(product).values()]
        parts += _group(f"{title}: {len(rows)} result codes", rows, "open" if product == "stk" else "")
    parts += _group(f"Error codes of refusals: {len(CODES)}", _error_rows(), "")
    return _raw("\n".join(parts))


def product_codes(product: str) -> str:
    """List the result codes of one product."""
    return _raw("\n".join(_row(product, row) for row in table_of(product).values()))


def error_codes() -> str:
    """List the error codes with which Daraja refuses a request."""
    return _raw("\n".join(_error_rows()))


def _group(title: str, rows: Iterable[str], opened: str) -> Iterable[str]:
    yield f'<details class="codes" {opened}><summary>{escape(title)}</summary>'
    yield from rows
    yield "</details>"


def _row(product: str, row: Explanation) -> str:
    about = {
        "Developer": row.developer_hint,
        "Merchant": row.merchant_message,
        "Customer": row.customer_message,
        "In Swahili": row.customer_message_sw,
        "Again?": _again(row),
        "Source": row.source,
    }
    return _details(f"{product}-{row.code}", row.code, row.title, row.outcome.value, about)


def _again(row: Explanation) -> str:
    if row.charge_again:
        return "Yes: it is proved that no money moved."
    if row.outcome in {Outcome.PAID, Outcome.ANSWERED}:
        return "No: it is done."
    if row.outcome is Outcome.PROCESSING:
        return "No: nothing is decided yet."
    return "No: look at the statement first, because nothing proves that no money moved."


def _error_rows() -> Iterable[str]:
    for code, rule in CODES.items():
        kinds = {"": rule} if isinstance(rule, ErrorKind) else {**rule, "any other words": ErrorKind.AMBIGUOUS}
        for words, kind in kinds.items():
            error = Refusal(kind, 400, code, "", None, readable=True).error(repeatable=False)
            advice = getattr(error, "advice", "") or str(error)
            about = {"Words": words, "What to do": advice}
            yield _details(
                f"error-{code}-{words.replace(' ', '-')}".rstrip("-"), code, words, type(error).__name__, about
            )


def _details(anchor: str, code: str, title: str, badge: str, about: Mapping[str, str]) -> str:
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>" for name, words in about.items() if words)
    place = anchor.lower().replace(".", "-").replace("_", "-")
    return (
        f'<details class="code" id="{place}"><summary><code>{escape(code)}</code> {escape(title)} '
        f'<span class="badge {escape(badge.lower())}">{escape(badge)}</span></summary><dl>{lines}</dl></details>'
    )


def _raw(html: str) -> str:
    return f"```{{raw}} html\n{html}\n```"
