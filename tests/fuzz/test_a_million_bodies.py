"""A million bodies of real shapes with something wrong: no parser raises anything but CallbackMalformed.

FUZZ_BODIES=10000000 takes more of them.
"""

import os
from random import Random
from typing import Final

import pytest

from tests.support.mutations import mutated
from tests.support.parsing import PARSERS, check_as

BODIES: Final = int(os.environ.get("FUZZ_BODIES", "1000000"))
SEEDS: Final = 40


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_body_is_read_or_refused(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - no secret is drawn
    for _ in range(BODIES // SEEDS):
        check_as(random.choice(PARSERS), mutated(random))
