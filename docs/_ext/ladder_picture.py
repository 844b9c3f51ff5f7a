"""A picture of the statuses of a payment or a payout, drawn from the table of its transitions."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from daraja.disbursements.kind import PAYOUT
from daraja.lifecycle.evidence import Said, Source
from daraja.lifecycle.kind import Kind
from daraja.payments.model import STK
from docs._ext.svg import Drawing

__all__ = ["ladder_picture"]

_WIDTH: Final = 360
_LEFT: Final = 34
_LINE: Final = 21
_GAP: Final = 12
_WIDTHS: Final = {source: 6.0 * len(source) + 16 for source in Source}
_KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in (STK, PAYOUT)}


def ladder_picture(name: str = "payment") -> str:
    """Draw every status of a kind, the highest on top, with the evidence that moves a record to it."""
    kind = _KINDS[name]
    title = f"The statuses of a {name}, with the evidence and the sources that move it to each"
    drawing = Drawing(_WIDTH, "ladder", title)
    y: float = 4
    for status in reversed(kind.statuses):
        y = _rung(drawing, y, status, kind) + _GAP
    drawing.arrow_up(14, y - _GAP, 6)
    return drawing.finished(y)


def _rung(drawing: Drawing, y: float, status: StrEnum, kind: Kind) -> float:
    heard = _heard(status, kind)
    height = 30 + _LINE * max(1, len(heard)) + 2
    drawing.box(_LEFT, y, _WIDTH - _LEFT - 2, height, style=f"rung {status}")
    drawing.text(_LEFT + 12, y + 20, status, style="name")
    base = y + 42
    if not heard:
        words = "before it is sent" if status in kind.unsent else f"every {kind.name} begins here"
        drawing.text(_LEFT + 12, base, words, style="words")
    for said, sources in heard.items():
        drawing.text(_LEFT + 12, base, said, style="words")
        x: float = _LEFT + 112
        for source in sources:
            drawing.box(x, base - 13, _WIDTHS[source], 18, style=f"source {source.replace(' ', '-')}")
            drawing.text(x + _WIDTHS[source] / 2, base, source, style="small middle")
            x += _WIDTHS[source] + 5
        base += _LINE
    return y + height


def _heard(status: StrEnum, kind: Kind) -> dict[Said, list[Source]]:
    """Return the evidence that moves a record to *status*, with the sources that count."""
    heard: dict[Said, list[Source]] = {}
    for (source, said), rung in kind.transitions.items():
        if rung.value == status.value:
            heard.setdefault(said, []).append(source)
    return heard
