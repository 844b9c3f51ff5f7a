"""How the body of a request is read."""

from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

__all__ = ["ShallowJSONParser"]


class ShallowJSONParser(JSONParser):
    """Reads JSON; a body nested deeper than Python can read is bad input like any other."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:  # Any: as Django REST framework has it
        """Read a body."""
        try:
            return super().parse(*args, **kwargs)
        except RecursionError:
            message = "The request is nested too deeply."
        raise ParseError(message)
