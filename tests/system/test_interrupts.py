import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from daraja.system.interrupts import until_interrupted


def test_ctrl_c_ends_the_block_and_the_program_goes_on() -> None:
    runs = 0
    with until_interrupted() as interrupted:
        while not interrupted():
            runs += 1
            signal.raise_signal(signal.SIGINT)
            runs += 100
    assert runs == 1


def test_ctrl_c_counts_also_where_its_exception_is_dropped() -> None:
    runs = 0
    with until_interrupted() as interrupted:
        while not interrupted():
            runs += 1
            with suppress(KeyboardInterrupt):  # as Python does in a finalizer
                signal.raise_signal(signal.SIGINT)
            runs += 100
    assert runs == 101


def test_ctrl_c_does_after_the_block_what_it_did_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with until_interrupted():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_a_thread_runs_the_block_without_a_handler() -> None:
    before = signal.getsignal(signal.SIGINT)

    def run() -> bool:
        with until_interrupted() as interrupted:
            return interrupted()

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(run).result() is False
    assert signal.getsignal(signal.SIGINT) is before
