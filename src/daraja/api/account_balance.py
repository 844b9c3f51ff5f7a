"""Account balance: the balances of the accounts of our shortcode."""

from typing import ClassVar

import attrs

from daraja import fields
from daraja.api.initiator import Accepted, InitiatorRequest
from daraja.api.result import Result
from daraja.config import Config
from daraja.http.flow import Flow
from daraja.result_codes.base import Outcome


@attrs.frozen
class BalanceResult(Result):
    """The answer to a balance query: ``balances`` has each account by its name."""

    _outcome_when_done: ClassVar[Outcome] = Outcome.ANSWERED


@attrs.frozen(kw_only=True)
class AccountBalance(InitiatorRequest):
    """A query for the balances of our accounts: give it to ``Daraja.run``. A query is harmless.

    Args:
        remarks: 2 to 100 letters, digits, spaces and ``- _ . /``.
        shortcode: The owner of the accounts, if not the payout shortcode of the settings.
        result_url: The address for the result; by default ``results_url`` of the settings and ``result/``.
        timeout_url: The address for a timeout notice; by default ``results_url`` and ``timeout/``.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, AccountBalance.
    """

    remarks: str = attrs.field(default="Balance", converter=fields.remarks)

    def flow(self, config: Config, /) -> Flow[Accepted]:
        """Query the balances; see ``Daraja.account_balance``."""
        own = {"CommandID": "AccountBalance", **self._asking_party(config)}
        return self._call(config, "/mpesa/accountbalance/v1/query", own, repeatable=True)
