"""The PostgreSQL for measurements: the same as in the tests."""

import os
from collections.abc import Generator
from contextlib import contextmanager

from tests.support.real.postgres_server import POSTGRES
from tests.support.real.server import Server, Unavailable

__all__ = ["postgres"]


@contextmanager
def postgres() -> Generator[Server]:
    """Yield a server.

    Raises:
        OSError: If there is none.
    """
    try:
        with POSTGRES.served(os.environ) as server:
            yield server
    except Unavailable as reason:
        message = f"there is no PostgreSQL. {reason}"
        raise OSError(message) from None
