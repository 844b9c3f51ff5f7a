"""A picture of the statuses of a payment, drawn from the table of its transitions."""

from typing import Final

from daraja.lifecycle.evidence import Said, Source
from daraja.payments.model import LADDER, Status
from docs._ext.svg import Drawing

__all__ = ["ladder_picture"]

_WIDTH: Final = 360
_LEFT: Final = 34
_LINE: Final = 21
_GAP: Final = 12
_WIDTHS: Final = {source: 6.0 * len(source) + 16 for source in Source}
_TITLE: Final = "The six statuses of a payment, with the evidence and the sources that move it to each"


def ladder_picture() -> str:
    """Draw every status, the highest on top, with the evidence that moves a payment to it."""
    drawing = Drawing(_WIDTH, "ladder", _TITLE)
    y: float = 4
    for status in reversed(Status):
        y = _rung(drawing, y, status) + _GAP
    drawing.arrow_up(14, y - _GAP, 6)
    return drawing.finished(y)


def _rung(drawing: Drawing, y: float, status: Status) -> float:
    heard = _heard(status)
    height = 30 + _LINE * max(1, len(heard)) + 2
    drawing.box(_LEFT, y, _WIDTH - _LEFT - 2, height, style=f"rung {status}")
    drawing.text(_LEFT + 12, y + 20, status, style="name")
    base = y + 42
    if not heard:
        drawing.text(_LEFT + 12, base, "every payment begins here", style="words")
    for said, sources in heard.items():
        drawing.text(_LEFT + 12, base, said, style="words")
        x: float = _LEFT + 112
        for source in sources:
            drawing.box(x, base - 13, _WIDTHS[source], 18, style=f"source {source.replace(' ', '-')}")
            drawing.text(x + _WIDTHS[source] / 2, base, source, style="small middle")
            x += _WIDTHS[source] + 5
        base += _LINE
    return y + height


def _heard(status: Status) -> dict[Said, list[Source]]:
    """Return the evidence that moves a payment to *status*, with the sources that count."""
    heard: dict[Said, list[Source]] = {}
    for (source, said), rung in LADDER.items():
        if rung.value == status.value:
            heard.setdefault(said, []).append(source)
    return heard
