"""A figure is measured in turns and compared with its target; only counts decide the exit status."""

import pytest

from bench.figures import Figure, count, duration, exit_status, medians, ratio, seconds

SLOW = ratio("a", 0.5, 0.25, "b", at_most=1.5)
WRONG = count("a", 2, "b", exactly=1)
RIGHT = count("a", 1, "b", exactly=1)


def test_contenders_take_turns_and_the_first_round_only_warms_up() -> None:
    turns: list[str] = []

    def contender(name: str, times: list[float]) -> float:
        turns.append(name)
        return times[turns.count(name) - 1]

    first, second = medians(3, lambda: contender("a", [99, 1, 5, 3]), lambda: contender("b", [99, 2, 2, 7]))

    assert "".join(turns) == "baabbaab"
    assert (first, second) == (3, 2)


def test_work_is_done_so_many_times_and_timed_once() -> None:
    done: list[int] = []

    assert 0 <= seconds(lambda: done.append(1), times=5) < 60
    assert len(done) == 5


@pytest.mark.parametrize(("ours", "met"), [(1.0, True), (1.15, True), (1.2, False)])
def test_a_ratio_is_met_up_to_its_target(ours: float, met: bool) -> None:  # noqa: FBT001 - a case
    figure = ratio("push", ours, 1.0, "post", at_most=1.15)

    assert figure == Figure("push", f"{ours:.2f}", "<= 1.15", met, f"{ours * 1000:.1f} ms : 1000.0 ms, post")


def test_a_ratio_without_a_target_is_only_shown() -> None:
    figure = ratio("push", 3.0, 1.0, "post", at_most=None)

    assert (figure.measured, figure.target, figure.met) == ("3.00", "", True)


@pytest.mark.parametrize(("taken", "written"), [(0.25, "250.0 ms"), (0.001, "1.0 ms"), (0.0000123, "12.3 us")])
def test_durations_are_written_in_the_unit_that_suits_them(taken: float, written: str) -> None:
    assert duration(taken) == written


@pytest.mark.parametrize(
    ("figures", "all_measured", "status"),
    [([RIGHT], True, 0), ([RIGHT, SLOW], True, 0), ([RIGHT, WRONG], True, 1), ([WRONG], False, 2), ([], False, 2)],
)
def test_only_a_wrong_count_or_a_missing_figure_fails(
    figures: list[Figure],
    all_measured: bool,  # noqa: FBT001 - a case
    status: int,
) -> None:
    assert exit_status(figures, all_measured=all_measured) == status
