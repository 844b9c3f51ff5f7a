"""A Sphinx extension: the search finds codes such as 1032 and 500.001.1001, which it would leave out as numbers."""

import re
from typing import Final

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

__all__ = ["SearchWithCodes", "setup"]

_WORD: Final = re.compile(r"\d+(?:\.\d+)*(?!\w)|\w+")
_JS: Final = """
var splitQuery = (query) =>
  [...query.matchAll(/\\d+(?:\\.\\d+)*(?!\\w)|[\\p{Letter}\\p{Number}_\\p{Emoji_Presentation}]+/gu)].map(([word]) =>
    /^\\d/.test(word) && !/[^\\d.]/.test(word) ? "code" + word.replaceAll(".", "x") : word);
"""


class SearchWithCodes(SearchEnglish):
    """English, in which a number is the word "code" with its digits. The page splits a query in the same way."""

    lang = "en-GB"
    js_splitter_code = _JS

    def split(self, input: str) -> list[str]:  # noqa: A002 - its name in Sphinx
        """Split a text into words."""
        return [_as_word(word) for word in _WORD.findall(input)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Use it for these pages."""
    app.add_search_language(SearchWithCodes)
    return {"parallel_read_safe": True}


def _as_word(word: str) -> str:
    return f"code{word.replace('.', 'x')}" if word[0].isdigit() and not re.search(r"[^\d.]", word) else word
