"""Account balance: what the accounts of our shortcode hold."""

from typing import ClassVar

import attrs

from daraja import fields
from daraja.api.initiator import Accepted, InitiatorRequest
from daraja.api.result import Result
from daraja.config import Config
from daraja.http.flow import Flow
from daraja.result_codes.base import Outcome

__all__ = ["AccountBalance", "BalanceResult"]


@attrs.frozen
class BalanceResult(Result):
    """The answer to a balance query: ``balances`` has each account by its name."""

    _outcome_when_done: ClassVar[Outcome] = Outcome.ANSWERED


@attrs.frozen(kw_only=True)
class AccountBalance(InitiatorRequest):
    """The question what our accounts hold: give it to ``Daraja.run``; asking twice does no harm.

    Args:
        remarks: 2 to 100 letters, digits, spaces and ``- _ . /``.
        shortcode: Whose accounts, if not those of the shortcode of the settings that pays out.
        result_url: Where the result goes, if not to ``results_url`` of the settings with ``result/`` behind it.
        timeout_url: Where a time-out is reported, if not to ``results_url`` with ``timeout/`` behind it.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, AccountBalance.
    """

    remarks: str = attrs.field(default="Balance", converter=fields.remarks)

    def flow(self, config: Config, /) -> Flow[Accepted]:
        """Ask Daraja for the balances; see ``Daraja.account_balance`` for what it raises."""
        own = {"CommandID": "AccountBalance", **self._asking_party(config)}
        return self._call(config, "/mpesa/accountbalance/v1/query", own, repeatable=True)
