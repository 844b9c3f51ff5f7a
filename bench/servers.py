"""The PostgreSQL that is measured on: the one that the tests would take."""

import os
from collections.abc import Generator
from contextlib import contextmanager

from tests.support.real.postgres_server import POSTGRES
from tests.support.real.server import Server, Unavailable

__all__ = ["postgres"]


@contextmanager
def postgres() -> Generator[Server]:
    """Lend a server.

    Raises:
        OSError: If there is none.
    """
    try:
        with POSTGRES.served(os.environ) as server:
            yield server
    except Unavailable as reason:
        message = f"there is no PostgreSQL. {reason}"
        raise OSError(message) from None
