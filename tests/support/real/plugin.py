"""Real servers for the tests that need one. Without a server these tests are skipped with a reason."""

import os
from collections import Counter
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Final, NoReturn

import pytest

from tests.support.real.server import Kind, Server, Unavailable, Unusable

__all__ = [
    "lent",
    "mariadb",
    "memcached",
    "pgbouncer",
    "postgres",
    "pytest_configure",
    "pytest_terminal_summary",
    "redis_url",
    "unavailable",
]

_NAMES: Final = ("postgres", "pgbouncer", "mariadb", "redis", "memcached", "nginx", "chromium")
_REQUIRE: Final = "DARAJA_TEST_REQUIRE"

_required = pytest.StashKey[frozenset[str]]()


@pytest.fixture
def postgres(request: pytest.FixtureRequest, postgres_server: Server | Unavailable) -> Generator[str]:
    """Yield the address of an empty PostgreSQL database, for SQLAlchemy."""
    yield from lent(request, "postgres", postgres_server)


@pytest.fixture
def pgbouncer(request: pytest.FixtureRequest, pgbouncer_server: Server | Unavailable) -> Generator[str]:
    """Yield the address of an empty PostgreSQL database behind PgBouncer, as a user writes it."""
    yield from lent(request, "pgbouncer", pgbouncer_server)


@pytest.fixture
def mariadb(request: pytest.FixtureRequest, mariadb_server: Server | Unavailable) -> Generator[str]:
    """Yield the address of an empty MariaDB database, for SQLAlchemy."""
    yield from lent(request, "mariadb", mariadb_server)


@pytest.fixture
def redis_url(request: pytest.FixtureRequest, redis_server: Server | Unavailable) -> Generator[str]:
    """Yield the address of an empty Redis database."""
    yield from lent(request, "redis", redis_server)


@pytest.fixture
def memcached(request: pytest.FixtureRequest, memcached_server: Server | Unavailable) -> Generator[str]:
    """Yield the address of an empty memcached, as ``host:port``."""
    yield from lent(request, "memcached", memcached_server)


# The drivers take a third of a second to import, and most runs of a single file ask for neither.


@pytest.fixture(scope="session")
def postgres_server() -> Generator[Server | Unavailable]:
    from tests.support.real.postgres_server import POSTGRES  # noqa: PLC0415 - see above

    with _served(POSTGRES) as server:
        yield server


@pytest.fixture(scope="session")
def pgbouncer_server(postgres_server: Server | Unavailable) -> Generator[Server | Unavailable]:
    from tests.support.real.pgbouncer_server import pgbouncer_before  # noqa: PLC0415 - see above

    if isinstance(postgres_server, Unavailable):
        yield postgres_server
        return
    with _served(pgbouncer_before(postgres_server)) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> Generator[Server | Unavailable]:
    from tests.support.real.mariadb_server import MARIADB  # noqa: PLC0415 - see above

    with _served(MARIADB) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Generator[Server | Unavailable]:
    from tests.support.real.redis_server import REDIS  # noqa: PLC0415 - see above

    with _served(REDIS) as server:
        yield server


@pytest.fixture(scope="session")
def memcached_server() -> Generator[Server | Unavailable]:
    from tests.support.real.memcached_server import MEMCACHED  # noqa: PLC0415 - see above

    with _served(MEMCACHED) as server:
        yield server


@contextmanager
def _served(kind: Kind) -> Generator[Server | Unavailable]:
    server: Server | Unavailable
    with ExitStack() as stack:
        try:
            server = stack.enter_context(kind.served(os.environ))
        except Unavailable as why:
            server = why
        except Unusable as error:
            pytest.fail(str(error), pytrace=False)
        yield server


def lent(request: pytest.FixtureRequest, name: str, server: Server | Unavailable) -> Generator[str]:
    """Yield the address of an empty database of *server*, for a fixture."""
    if isinstance(server, Unavailable):
        unavailable(request, name, server)
    with server.database() as address:
        yield address


def unavailable(request: pytest.FixtureRequest, name: str, why: Unavailable) -> NoReturn:
    """Skip a test whose server is missing, or fail it if the server is required."""
    if name in request.config.stash[_required]:
        pytest.fail(f"{_REQUIRE} asks for {name}, and there is none: {why}", pytrace=False)
    pytest.skip(f"{name}: {why}")


def pytest_configure(config: pytest.Config) -> None:
    required = frozenset(name.strip() for name in os.environ.get(_REQUIRE, "").split(",")) - {""}
    if unknown := sorted(required.difference(_NAMES)):
        message = (
            f"{_REQUIRE} asks for {', '.join(unknown)}, which is nothing that we know; there are {', '.join(_NAMES)}"
        )
        raise pytest.UsageError(message)
    config.stash[_required] = required


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what this machine lacks, and how many tests were skipped for it."""
    reports = terminalreporter.stats.get("skipped", ())
    reasons = (report.longrepr[2].removeprefix("Skipped: ") for report in reports)
    lacking = Counter(reason for reason in reasons if reason.partition(": ")[0] in _NAMES)
    if lacking:
        terminalreporter.section("what this machine lacks", yellow=True)
    for reason, tests in lacking.items():
        terminalreporter.line(f"{reason} (tests skipped: {tests})")
