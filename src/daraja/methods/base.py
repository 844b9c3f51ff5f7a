"""The base of all groups of methods."""

from abc import ABC, abstractmethod
from typing import TypeVar

from daraja.http.flow import Operation

T = TypeVar("T")


class Methods(ABC):
    """The base of the groups: each method makes an operation and gives it to ``run``."""

    @abstractmethod
    def run(self, operation: Operation[T], /) -> T:
        """Carry out an operation."""
