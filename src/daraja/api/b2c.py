"""B2C: payments from a business to a phone, as M-Pesa or as Pochi la Biashara."""

from collections.abc import Mapping
from typing import Final

import attrs

from daraja.api.amounts import Balance
from daraja.api.result import Result

__all__ = ["B2cResult"]

_FUNDS: Final = {
    "Utility Account": "b2cutilityaccountavailablefunds",
    "Working Account": "b2cworkingaccountavailablefunds",
    "Charges Paid Account": "b2cchargespaidaccountavailablefunds",
}
_REGISTERED: Final = {"Y": True, "N": False}


@attrs.frozen
class B2cResult(Result):
    """What became of a payment to a phone."""

    @property
    def receiver_is_registered(self) -> bool | None:
        """Whether the receiver is registered for M-Pesa; None where the result does not say."""
        return _REGISTERED.get((self.parameters.text("b2crecipientisregisteredcustomer") or "").upper())

    @property
    def balances(self) -> Mapping[str, Balance]:
        """What can be spent from each of our accounts after the payment; charges are owed where it is negative."""
        funds = {account: self.parameters.money(name) for account, name in _FUNDS.items()}
        return {
            account: Balance(account, "KES", available=available)
            for account, available in funds.items()
            if available is not None
        }
