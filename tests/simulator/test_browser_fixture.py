"""What runs of pytest do with a real Chromium: hear what pages complain of, keep pictures, say why there is none."""

import os
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
STRICTLY = (
    "-q",
    "-o",
    "markers=slow",
    "-W",
    "error",
    "-p",
    "no:valkey",
    "-p",
    "no:django",
    "-p",
    "no:cacheprovider",
)


@pytest.fixture
def runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Runs that have our fixtures, and no settings from outside."""
    for name in ("DARAJA_TEST_REQUIRE", "DARAJA_TEST_SCREENSHOTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    pytester.makeconftest('pytest_plugins = ["tests.support.real.plugin", "tests.support.browser.plugin"]')
    return pytester


@pytest.mark.usefixtures("browser")  # skips where there is none
def test_a_page_that_complains_fails_its_test_and_no_other(
    runs: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DARAJA_TEST_SCREENSHOTS", str(tmp_path))
    runs.makepyfile(
        test_pages="""
            import asyncio
            import pytest

            def test_quiet(page, screenshot):
                page.set_content("<title>Shop</title><h1>Shop</h1>")
                assert page.title() == "Shop"
                screenshot("shop")

            @pytest.mark.parametrize(
                ("event", "script"),
                [("console", "console.error('bad')"), ("pageerror", "setTimeout(() => { throw Error('worse') })")],
            )
            def test_loud(page, event, script):
                with page.expect_event(event):
                    page.evaluate(script)

            def test_elsewhere(page):
                page.set_content("<script src='http://shop.example/a.js'></script>")

            def test_expected(page, complaints):
                page.evaluate("console.error('bad')")
                assert complaints == ["console: bad ()"]
                complaints.clear()

            def test_a_loop_of_ones_own():
                asyncio.run(asyncio.sleep(0))
        """
    )
    result = runs.runpytest_subprocess(*STRICTLY)
    result.assert_outcomes(passed=6, errors=3)
    result.stdout.fnmatch_lines(
        ["*console: bad ()*", "*uncaught: worse*", "*asked elsewhere: http://shop.example/a.js*"]
    )
    assert [path.name for path in tmp_path.iterdir()] == ["test_quiet--shop.png"]


NO_BROWSER = """
    def test_page(page):
        pass
"""


def test_where_there_is_none_the_test_is_skipped_and_says_why(
    runs: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DARAJA_TEST_CHROMIUM", "none")
    runs.makepyfile(test_pages=NO_BROWSER)
    result = runs.runpytest_inprocess(*STRICTLY)
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["chromium: DARAJA_TEST_CHROMIUM says none; leave it out to have them run. *"])


def test_where_none_starts_the_tests_that_follow_run_as_ever(
    runs: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DARAJA_TEST_CHROMIUM", raising=False)
    empty = runs.mkdir("empty")
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(empty))
    runs.makepyfile(
        test_pages="""
            import asyncio

            def test_page(page):
                pass

            def test_a_loop_of_ones_own():
                asyncio.run(asyncio.sleep(0))
        """
    )
    result = runs.runpytest_subprocess(*STRICTLY)
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["chromium: BrowserType.launch: * Install Chromium *"])


def test_a_browser_that_is_required_and_not_there_fails_the_test(
    runs: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DARAJA_TEST_CHROMIUM", "none")
    monkeypatch.setenv("DARAJA_TEST_REQUIRE", "chromium")
    runs.makepyfile(test_pages=NO_BROWSER)
    result = runs.runpytest_inprocess(*STRICTLY)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["DARAJA_TEST_REQUIRE asks for chromium, and there is none: DARAJA_TEST_CHROMIUM *"])


def test_a_named_browser_that_is_none_fails_the_test_in_one_line(
    runs: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DARAJA_TEST_CHROMIUM", "/nowhere/chromium")
    runs.makepyfile(test_pages=NO_BROWSER)
    result = runs.runpytest_subprocess(*STRICTLY)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["DARAJA_TEST_CHROMIUM names a browser that cannot be used: *"])
