"""Figures, and the timing of contenders in turns, so a busy machine slows all of them."""

from collections.abc import Callable, Iterable
from statistics import median
from time import perf_counter

import attrs

__all__ = ["Figure", "count", "duration", "exit_status", "medians", "ratio", "seconds", "share"]


@attrs.frozen
class Figure:
    """One line of the table.

    Args:
        name: The name of the measurement.
        measured: The result.
        target: The target; empty if nothing is promised.
        met: Whether the target is met.
        details: The parts of the figure.
        is_count: Whether it is a count. A count is right or wrong on every machine.
    """

    name: str
    measured: str
    target: str
    met: bool
    details: str
    is_count: bool = False


def ratio(name: str, ours: float, theirs: float, details: str, /, *, at_most: float | None) -> Figure:
    """Compare two medians, in seconds."""
    times = f"{duration(ours)} : {duration(theirs)}, {details}"
    target = "" if at_most is None else f"<= {at_most:.2f}"
    return Figure(name, f"{ours / theirs:.2f}", target, at_most is None or ours / theirs <= at_most, times)


def share(name: str, ours: float, theirs: float, details: str, /, *, at_least: float) -> Figure:
    """Compare the work in the same time, from two medians in seconds."""
    times = f"{duration(ours)} : {duration(theirs)}, {details}"
    return Figure(name, f"{theirs / ours:.2f}", f">= {at_least:.2f}", theirs / ours >= at_least, times)


def count(name: str, counted: int, details: str, /, *, exactly: int) -> Figure:
    """Compare a count with its required value."""
    return Figure(name, str(counted), f"== {exactly}", counted == exactly, details, is_count=True)


def duration(taken: float, /) -> str:
    """Write seconds in a suitable unit."""
    return f"{taken * 1e3:.1f} ms" if taken >= 1e-3 else f"{taken * 1e6:.1f} us"  # noqa: PLR2004 - a thousandth


def medians(rounds: int, /, *contenders: Callable[[], float]) -> list[float]:
    """Return each contender's median over the rounds, after one warm-up round; the order changes in each round."""
    taken: list[list[float]] = [[] for _ in contenders]
    for turn in range(rounds + 1):
        pairs = list(zip(contenders, taken, strict=True))
        for contender, times in pairs if turn % 2 else reversed(pairs):
            times.append(contender())
    return [median(times[1:]) for times in taken]


def seconds(work: Callable[[], object], /, *, times: int = 1) -> float:
    """Return the time of *work* done this number of times."""
    started = perf_counter()
    for _ in range(times):
        work()
    return (perf_counter() - started) / times


def exit_status(figures: Iterable[Figure], /, *, all_measured: bool) -> int:
    """Return 0, or 1 if a count is wrong, or 2 if a measurement is missing; a slow machine is not a fault."""
    if not all_measured:
        return 2
    return int(any(figure.is_count and not figure.met for figure in figures))
