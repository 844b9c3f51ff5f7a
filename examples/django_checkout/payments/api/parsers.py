"""Parsers of request bodies."""

from contextlib import suppress
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

__all__ = ["ShallowJSONParser"]


class ShallowJSONParser(JSONParser):
    """Reads a JSON object; a body that is nested too deeply is bad input, too."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:  # Any: as Django REST framework has it
        """Read a body."""
        with suppress(ParseError, RecursionError):
            parsed = super().parse(*args, **kwargs)
            if isinstance(parsed, dict):
                return parsed
        message = "The body of this request has to be a JSON object."
        raise ParseError(message)
