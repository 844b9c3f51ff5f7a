"""A Sphinx extension: a line such as ``%% product_codes b2c`` in a page is replaced by a table or picture."""

import logging
import re
from collections.abc import Callable, Mapping
from typing import Final

from sphinx.application import Sphinx

from docs._ext.codes import all_codes, error_codes, product_codes
from docs._ext.error_pages import error_tree
from docs._ext.house_picture import house_picture, house_rooms
from docs._ext.ladder_picture import ladder_picture
from docs._ext.tables import commands, environment_variables, events, magic_numbers, statuses
from docs._ext.wire import wire

__all__ = ["setup"]

_LINE: Final = re.compile(r"^%% (\w+)(?: (\w+))?$", re.MULTILINE)
_MAKERS: Final[Mapping[str, Callable[..., str]]] = {
    maker.__name__: maker
    for maker in (
        all_codes,
        commands,
        environment_variables,
        error_codes,
        error_tree,
        events,
        house_picture,
        house_rooms,
        ladder_picture,
        magic_numbers,
        product_codes,
        statuses,
        wire,
    )
}


def setup(app: Sphinx) -> dict[str, bool]:
    """Fill every page when Sphinx reads it."""
    logging.getLogger("daraja").setLevel(logging.ERROR)  # the examples of requests are run
    app.connect("source-read", _fill)
    return {"parallel_read_safe": True}


def _fill(app: Sphinx, _page: str, source: list[str]) -> None:
    source[0], filled = _LINE.subn(lambda line: _MAKERS[line[1]](*filter(None, [line[2]])), source[0])
    if filled:
        app.env.note_reread()  # the library may have changed although the page has not
