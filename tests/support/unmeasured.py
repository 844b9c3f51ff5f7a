"""The environment for programs that a test starts without measuring coverage, because coverage would only slow them."""

import os

__all__ = ["unmeasured"]


def unmeasured() -> dict[str, str]:
    """Return the environment of this process without the variables that start coverage."""
    return {name: value for name, value in os.environ.items() if name != "COVERAGE_PROCESS_CONFIG"}
