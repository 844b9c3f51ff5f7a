"""What the documentation of the kit shows runs as it stands."""

import re
from textwrap import dedent

import pytest

import daraja.testing
import pytest_daraja_kit

DOCUMENTATION = daraja.testing.__doc__ or ""
BLOCKS = {
    name: dedent(block) for block, name in re.findall(r"::\n\n((?:    # (\w+)\.py\n)(?:(?:    .*)?\n)+)", DOCUMENTATION)
}


@pytest.mark.parametrize(
    ("files", "tests"),
    [
        ({"test_sale", "test_bad_day", "test_payouts", "test_async_sale"}, 6),
        ({"conftest", "myshop", "test_shop"}, 2),
    ],
    ids=["the kit's", "one's own"],
)
def test_a_shop_and_its_tests_run_as_they_stand(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, files: set[str], tests: int
) -> None:
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)  # measuring these runs would only slow them
    pytester.makepyfile(**{name: BLOCKS[name] for name in files})
    pytester.makeini("[pytest]\npythonpath = .")
    run = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:django", "-p", "no:valkey", "-W", "error")
    run.assert_outcomes(passed=tests)


def test_no_example_is_left_out() -> None:
    assert set(BLOCKS) == {
        "conftest",
        "myshop",
        "test_async_sale",
        "test_bad_day",
        "test_payouts",
        "test_sale",
        "test_shop",
    }


def test_every_fixture_is_listed_with_its_parts() -> None:
    listed = set(re.findall(r"^    (daraja_\w+)  ", DOCUMENTATION, re.MULTILINE))
    assert listed == {name for name in vars(pytest_daraja_kit) if name.startswith("daraja_")}
