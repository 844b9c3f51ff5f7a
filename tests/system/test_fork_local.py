"""One value for each process, with threads and forks."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

import pytest

from daraja.system.fork_local import ForkLocal

FORKS = """
import os
from itertools import count
from daraja.system.fork_local import ForkLocal

values = ForkLocal(count(1).__next__)
told = [f"parent {values.get()}"]
read, write = os.pipe()
if (child := os.fork()) == 0:
    os.write(write, f"child {values.get()} {values.get()}".encode())
    os._exit(0)
os.waitpid(child, 0)
told += [os.read(read, 100).decode(), f"parent {values.get()}"]
print(", ".join(told))
"""


def test_the_value_is_made_at_first_use_and_reused() -> None:
    made = count(1)
    values = ForkLocal(made.__next__)
    assert next(made) == 1
    assert [values.get(), values.get(), values.get()] == [2, 2, 2]


def test_threads_that_ask_at_the_same_time_get_the_same_value() -> None:
    both_are_making = Barrier(2)

    def make() -> object:
        both_are_making.wait(30)
        return object()

    values = ForkLocal(make)
    with ThreadPoolExecutor(2) as pool:
        first, second = (asked.result(30) for asked in [pool.submit(values.get), pool.submit(values.get)])
    assert first is second
    assert values.get() is first


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_makes_its_own_value_and_leaves_its_parent_s_value() -> None:
    run = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout == "parent 1, child 2 2, parent 1\n"
