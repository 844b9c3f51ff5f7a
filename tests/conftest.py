"""Settings for every test, and the real servers and the real browser that some of them ask for."""

from hypothesis import settings

pytest_plugins = ["pytester", "tests.support.real.plugin", "tests.support.browser.plugin"]

# A slow machine is no fault of the code: what has to be fast is measured in bench/, by turns and in one run.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
