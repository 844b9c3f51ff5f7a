"""The shapes of our pictures, as SVG that follows the light or dark colours of the page."""

from html import escape
from typing import Final

__all__ = ["Drawing"]


class Drawing:
    """A picture, drawn shape by shape. The style sheet of the page sets its colours by class.

    Args:
        width: Its width in pixels on a narrow phone. It grows with the page.
        name: The class of the figure.
        title: A description for people who cannot see the picture.
    """

    def __init__(self, width: int, name: str, title: str) -> None:
        self._width: Final = width
        self._name: Final = name
        self._title: Final = title
        self._shapes: Final[list[str]] = []

    def box(self, x: float, y: float, width: float, height: float, *, style: str) -> None:
        """Draw a box with round corners."""
        self._shapes.append(f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="5" class="{style}"/>')

    def text(self, x: float, y: float, words: str, *, style: str) -> None:
        """Write *words* with their base line at *y*."""
        self._shapes.append(f'<text x="{x:g}" y="{y:g}" class="{style}">{escape(words)}</text>')

    def line(self, x: float, y: float, to_x: float, to_y: float, *, style: str) -> None:
        """Draw a straight line."""
        self._shapes.append(f'<line x1="{x:g}" y1="{y:g}" x2="{to_x:g}" y2="{to_y:g}" class="{style}"/>')

    def arrow_up(self, x: float, bottom: float, top: float) -> None:
        """Draw an arrow that points up."""
        self.line(x, bottom, x, top + 8, style="arrow")
        self._shapes.append(f'<path d="M{x - 6:g} {top + 10:g} L{x:g} {top:g} L{x + 6:g} {top + 10:g} Z" class="tip"/>')

    def finished(self, height: float) -> str:
        """Return the picture as an HTML figure of this height, on one line."""
        title = escape(self._title, quote=True)
        return (
            f'<figure class="drawing {self._name}"><svg viewBox="0 0 {self._width} {height:g}" role="img" '
            f'aria-label="{title}">{"".join(self._shapes)}</svg></figure>'
        )
