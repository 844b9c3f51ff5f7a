"""Four processes with one consumer key: they share a token, or at least do not swap theirs for ever."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import attrs
import pytest

from daraja.simulator import Engine, EventKind, LocalDaraja, TokenIssuer
from tests.tokens.worker import PUSHES, THREADS

WORKERS: Final = 4
ALL: Final = WORKERS * THREADS * PUSHES
PROGRAM: Final = Path(__file__).with_name("worker.py")


@attrs.frozen
class Workers:
    """The processes of a shop."""

    _processes: Sequence["subprocess.Popen[str]"]

    def push(self) -> Counter[str]:
        """Let all of them make their pushes at the same time, and count how these ended."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write("now\n")
            process.stdin.flush()
        ends = Counter[str]()
        for process in self._processes:
            assert process.stdout is not None
            told = process.stdout.readline()
            assert told, process.communicate(timeout=60)[1]
            ends += Counter(json.loads(told))
        return ends

    def warnings(self) -> list[list[str]]:
        """End them all, and give what each of them warned of, by name."""
        return [
            [line.split()[0] for line in process.communicate(timeout=60)[1].splitlines()] for process in self._processes
        ]


@contextmanager
def workers(local: LocalDaraja, *cache: str) -> Generator[Workers]:
    with ExitStack() as stack:
        program = [sys.executable, str(PROGRAM), local.base_url]
        commands = [[*program, str(number), *cache] for number in range(WORKERS)]
        pipe = subprocess.PIPE
        processes = [
            stack.enter_context(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True))
            for command in commands
        ]
        for process in processes:
            stack.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        yield Workers(processes)


def tokens_given(engine: Engine) -> int:
    return sum(event.kind is EventKind.TOKEN for event in engine.events)


@pytest.mark.parametrize("cache", ["redis_url", pytest.param("memcached", marks=pytest.mark.slow)])
def test_processes_that_share_a_cache_ask_for_one_token_and_for_one_more_when_it_is_revoked(
    request: pytest.FixtureRequest, cache: str
) -> None:
    address: str = request.getfixturevalue(cache)
    engine = Engine(tokens=TokenIssuer(one_token=True))
    with LocalDaraja(engine=engine) as local, workers(local, address) as shop:
        assert (shop.push(), tokens_given(engine)) == ({"accepted": ALL}, 1)
        local.revoke_tokens()
        assert (shop.push(), tokens_given(engine)) == ({"accepted": ALL}, 2)
        assert [warned for warned in shop.warnings() if warned not in ([], ["token.ended_early"])] == []

    assert len({push.phone for push in engine.stk.pushes}) == len(engine.stk.pushes) == 2 * ALL


@pytest.mark.slow
def test_processes_that_share_nothing_do_not_swap_tokens_for_ever() -> None:
    """Each new token ends that of the three others, and yet they ask for few, since each waits for its turn.

    A process replaces no token within a second of having fetched it, so there cannot be more than one for each second
    and process, and the first. Without turns, every second push or so asks for one, a hundred within a second.
    """
    engine = Engine(tokens=TokenIssuer(one_token=True))
    with LocalDaraja(engine=engine) as local, workers(local) as shop:
        began = time.monotonic()
        ends = shop.push()
        seconds = time.monotonic() - began
        warnings = shop.warnings()

    accepted = ends["accepted"]
    assert ends == {"accepted": accepted, **({"404.001.03": ALL - accepted} if accepted < ALL else {})}
    assert accepted > ALL / 2
    assert len({push.phone for push in engine.stk.pushes}) == len(engine.stk.pushes) == accepted
    assert WORKERS <= tokens_given(engine) <= WORKERS * (1 + seconds)
    assert tokens_given(engine) < ALL / 4
    assert [warned for warned in warnings if warned not in ([], ["token.ended_early"])] == []
