"""The files of the phone page."""

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from daraja.http.messages import HttpResponse

__all__ = ["GUARDS", "PAGE", "page_file"]

PAGE: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "/": ("index.html", "text/html; charset=utf-8"),
        "/simulator/page.css": ("page.css", "text/css; charset=utf-8"),
        "/simulator/page.js": ("page.js", "text/javascript; charset=utf-8"),
        "/simulator/log.js": ("log.js", "text/javascript; charset=utf-8"),
        "/simulator/phones.js": ("phones.js", "text/javascript; charset=utf-8"),
        "/simulator/icon.svg": ("icon.svg", "image/svg+xml"),
    }
)
"""Each address of the page, with its file and what that is."""

GUARDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
            " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
)
"""What every answer tells a browser: nothing comes from elsewhere, and nothing goes there."""


def page_file(path: str) -> HttpResponse:
    """Give the file at an address of ``PAGE``."""
    name, kind = PAGE[path]
    return HttpResponse(200, {"Content-Type": kind, **GUARDS}, (files("daraja.simulator") / "page" / name).read_bytes())
