"""Settings for every test, and the real servers and the real browser that some of them ask for."""

import pytest
from hypothesis import settings

pytest_plugins = ["pytester", "tests.support.real.plugin", "tests.support.browser.plugin"]

# A slow machine is no fault of the code: what has to be fast is measured in bench/, by turns and in one run.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Leave the programs that a nested run starts unmeasured: their coverage is of no interest and slows them."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    return pytester
