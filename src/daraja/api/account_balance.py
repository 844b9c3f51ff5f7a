"""Account balance: what the accounts of our shortcode hold."""

from typing import ClassVar

import attrs

from daraja.api.result import Result
from daraja.result_codes.base import Outcome

__all__ = ["BalanceResult"]


@attrs.frozen
class BalanceResult(Result):
    """The answer to a balance query: ``balances`` has each account by its name."""

    _outcome_when_done: ClassVar[Outcome] = Outcome.ANSWERED
