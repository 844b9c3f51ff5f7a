"""What a figure is, and how contenders are timed: by turns, so that a busy machine slows them alike."""

from collections.abc import Callable, Iterable
from statistics import median
from time import perf_counter

import attrs

__all__ = ["Figure", "count", "duration", "exit_status", "medians", "ratio", "seconds", "share"]


@attrs.frozen
class Figure:
    """One line of the table.

    Args:
        name: What was measured.
        measured: What came out.
        target: What it should be; empty where nothing is promised.
        met: Whether it is so.
        details: What the figure is made of.
        is_count: Whether it was counted and not timed, so that it is right or wrong on any machine.
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
    """Compare how much is done in the same time, from two medians in seconds."""
    times = f"{duration(ours)} : {duration(theirs)}, {details}"
    return Figure(name, f"{theirs / ours:.2f}", f">= {at_least:.2f}", theirs / ours >= at_least, times)


def count(name: str, counted: int, details: str, /, *, exactly: int) -> Figure:
    """Compare a number of things with what it has to be."""
    return Figure(name, str(counted), f"== {exactly}", counted == exactly, details, is_count=True)


def duration(taken: float, /) -> str:
    """Write seconds in the unit that suits them."""
    return f"{taken * 1e3:.1f} ms" if taken >= 1e-3 else f"{taken * 1e6:.1f} us"  # noqa: PLR2004 - a thousandth


def medians(rounds: int, /, *contenders: Callable[[], float]) -> list[float]:
    """Give each contender's median over so many rounds, after one that warms up; the order turns every time."""
    taken: list[list[float]] = [[] for _ in contenders]
    for turn in range(rounds + 1):
        pairs = list(zip(contenders, taken, strict=True))
        for contender, times in pairs if turn % 2 else reversed(pairs):
            times.append(contender())
    return [median(times[1:]) for times in taken]


def seconds(work: Callable[[], object], /, *, times: int = 1) -> float:
    """Tell how long *work* takes when it is done so many times on end."""
    started = perf_counter()
    for _ in range(times):
        work()
    return (perf_counter() - started) / times


def exit_status(figures: Iterable[Figure], /, *, all_measured: bool) -> int:
    """Give 0, or 1 where a count is wrong, or 2 where something is missing; a slow machine is no fault."""
    if not all_measured:
        return 2
    return int(any(figure.is_count and not figure.met for figure in figures))
