"""Find broken links in built pages: ``python docs/_ext/links.py docs/_build/html``."""

import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

__all__ = ["broken_links"]

_LEADS: Final = {"a": "href", "img": "src", "link": "href", "script": "src"}
_MADE_BY_SPHINX: Final = {"genindex.html", "search.html", "py-modindex.html"}


class _Page(HTMLParser):
    """The links of a page, and the anchors that it has."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: Final[set[str]] = set()
        self.places: Final[set[str]] = {"", "top"}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the link or the place of one element."""
        found = dict(attrs)
        self.places.add(found.get("id") or "")
        if link := found.get(_LEADS.get(tag, "")):
            self.links.add(link)


def broken_links(folder: Path, /) -> list[str]:
    """Return every broken link between the pages below *folder*, and every outside link that is not https."""
    pages = {path: _Page(path) for path in sorted(folder.resolve().rglob("*.html"))}
    return [
        f"{path.name}: {link} {fault}"
        for path, page in pages.items()
        if path.name not in _MADE_BY_SPHINX
        for link in sorted(page.links)
        if (fault := _fault(link, path, pages))
    ]


def _fault(link: str, path: Path, pages: dict[Path, _Page]) -> str:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        safe = parts.scheme in {"https", "mailto"} or parts.hostname in {"127.0.0.1", "localhost"}
        return "" if safe else "is not https"
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.exists():
        return "is not there"
    if target in pages and unquote(parts.fragment) not in pages[target].places:
        return "has no such place"
    return ""


if __name__ == "__main__":
    faults = broken_links(Path(sys.argv[1]))
    sys.exit("\n".join(faults) if faults else 0)
