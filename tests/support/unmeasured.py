"""The environment for programs that a test starts and whose coverage is of no interest: it would only slow them."""

import os

__all__ = ["unmeasured"]


def unmeasured() -> dict[str, str]:
    """Give this process's environment without what has coverage begin in a new one."""
    return {name: value for name, value in os.environ.items() if name != "COVERAGE_PROCESS_CONFIG"}
