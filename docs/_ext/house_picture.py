"""The architecture, drawn from the rows that import-linter enforces."""

from typing import Final

from docs._ext.house import rows
from docs._ext.svg import Drawing

__all__ = ["house_picture", "house_rooms"]

_WIDTH: Final = 360
_HEIGHT: Final = 28
_GAP: Final = 6
_TITLE: Final = "The rows of modules: each imports only from the rows below its own"


def house_picture() -> str:
    """Draw every row, and the line below which no module does I/O."""
    drawing = Drawing(_WIDTH, "house", _TITLE)
    y: float = 2
    above = True
    for row in rows():
        if above and row.pure:
            above = False
            drawing.line(2, y + 5, _WIDTH - 2, y + 5, style="border")
            drawing.line(2, y + 9, _WIDTH - 2, y + 9, style="border")
            drawing.text(_WIDTH / 2, y + 26, "no I/O, clock, random, threads or logging below", style="words middle")
            y += 36
        share = (_WIDTH - 4 + _GAP) / sum(_weight(name) for name in row.modules)
        x: float = 2
        for name in row.modules:
            width = share * _weight(name) - _GAP
            drawing.box(x, y, width, _HEIGHT, style="room pure" if row.pure else "room")
            drawing.text(x + width / 2, y + 18, name, style="name middle")
            x += width + _GAP
        y += _HEIGHT + _GAP
    return drawing.finished(y)


def house_rooms() -> str:
    """List every module with the first line of its documentation."""
    return "\n".join(f"`{name}`\n: {line.replace('``', '`')}\n" for row in rows() for name, line in row.modules.items())


def _weight(name: str) -> int:
    return len(name) + 4
