"""Runs of pytest start real servers late, end them always, and report a missing server."""

import os
import signal
import sys
import time
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from tests.test_real_servers import needs_postgres, needs_redis

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
STRICTLY = ("-q", "-W", "error", "-p", "no:valkey", "-p", "no:django", "-p", "no:cacheprovider")


@pytest.fixture
def runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A run with our fixtures, three tests, and no settings from outside."""
    for name in ("DARAJA_TEST_POSTGRES", "DARAJA_TEST_PGBOUNCER", "DARAJA_TEST_REDIS", "DARAJA_TEST_REQUIRE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    pytester.makeconftest('pytest_plugins = ["tests.support.real.plugin"]')
    pytester.makepyfile(
        test_shop="""
            import sys

            def test_neither():
                assert not {"psycopg", "redis", "sqlalchemy"} & set(sys.modules)

            def test_store(postgres):
                assert postgres.startswith("postgresql+psycopg://")

            def test_tokens(redis_url):
                assert redis_url.startswith("redis://")
        """
    )
    return pytester


@needs_postgres
@needs_redis
def test_a_run_starts_the_servers_of_its_tests_silently(runs: pytest.Pytester) -> None:
    result = runs.runpytest_subprocess(*STRICTLY)
    result.assert_outcomes(passed=3)
    result.stdout.no_fnmatch_line("*lacks*")


def test_a_run_without_such_tests_looks_for_no_server(runs: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARAJA_TEST_POSTGRES", "no address")
    monkeypatch.setenv("DARAJA_TEST_REQUIRE", "postgres,redis")
    runs.runpytest_subprocess(*STRICTLY, "-k", "neither").assert_outcomes(passed=1, deselected=2)


def test_without_a_server_its_tests_are_skipped_with_a_reason(
    runs: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DARAJA_TEST_POSTGRES", "none")
    monkeypatch.setenv("DARAJA_TEST_REDIS", "none")
    result = runs.runpytest_subprocess(*STRICTLY)
    result.assert_outcomes(passed=1, skipped=2)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        [
            "*= what this machine lacks =*",
            "postgres: DARAJA_TEST_POSTGRES says none; leave it out to have them run. (tests skipped: 1)",
            "redis: DARAJA_TEST_REDIS says none; leave it out to have them run. (tests skipped: 1)",
            "1 passed, 2 skipped in *",
        ],
        consecutive=True,
    )


def test_a_required_server_that_is_missing_fails_its_tests(
    runs: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DARAJA_TEST_POSTGRES", "none")
    monkeypatch.setenv("DARAJA_TEST_REDIS", "none")
    monkeypatch.setenv("DARAJA_TEST_REQUIRE", " redis,")
    result = runs.runpytest_subprocess(*STRICTLY)
    result.assert_outcomes(passed=1, skipped=1, errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["DARAJA_TEST_REQUIRE asks for redis, and there is none: DARAJA_TEST_REDIS says none; *"]
    )


@needs_postgres
@pytest.mark.parametrize("missing", ["DARAJA_TEST_POSTGRES", "DARAJA_TEST_PGBOUNCER"])
def test_a_pooler_needs_its_program_and_a_server_behind_it(
    runs: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    runs.makepyfile(test_shop="def test_pooled(pgbouncer): pass")
    monkeypatch.setenv(missing, "none")
    result = runs.runpytest_subprocess(*STRICTLY)
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines([f"pgbouncer: {missing} says none; leave it out to have them run. (tests skipped: 1)"])
    monkeypatch.setenv("DARAJA_TEST_REQUIRE", "pgbouncer")
    runs.runpytest_subprocess(*STRICTLY).assert_outcomes(errors=1)


def test_an_unknown_required_server_ends_the_run_at_once(
    runs: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DARAJA_TEST_REQUIRE", "redis,mysql")
    result = runs.runpytest_subprocess(*STRICTLY)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*DARAJA_TEST_REQUIRE asks for mysql, *; there are postgres, pgbouncer, *"])


def test_a_named_server_that_cannot_be_used_fails_tests_in_one_line(
    runs: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DARAJA_TEST_POSTGRES", "postgresql://me:hush-hush@127.0.0.1:1/shop")
    result = runs.runpytest_subprocess(*STRICTLY, "-k", "store")
    result.assert_outcomes(errors=1, deselected=2)
    result.stdout.fnmatch_lines(["DARAJA_TEST_POSTGRES names a server on which no database can be made: *"])
    result.stdout.no_fnmatch_line("*hush-hush*")


@needs_postgres
@needs_redis
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_servers_and_their_files_are_removed_however_the_run_ends(runs: pytest.Pytester, how: signal.Signals) -> None:
    runs.makepyfile(
        test_shop="""
            import redis, sqlalchemy

            def test_wait(postgres, redis_url):
                with redis.Redis.from_url(redis_url) as client:
                    print(sqlalchemy.make_url(postgres).query["host"], client.config_get("dir")["dir"], flush=True)
                input()
        """
    )
    with Popen([sys.executable, "-m", "pytest", "-s", *STRICTLY], stdin=PIPE, stdout=PIPE, text=True) as run:
        assert run.stdout is not None
        folders = [Path(word) for word in run.stdout.readline().split()]
        assert len(folders) == 2
        assert all(folder.is_dir() for folder in folders)
        run.send_signal(how)
        run.stdout.read()
    while any(folder.exists() for folder in folders):  # what ends them outlives the run, so nothing else tells when
        time.sleep(0.01)
