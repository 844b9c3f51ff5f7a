"""B2C: payments from a business to a phone, as M-Pesa or as Pochi la Biashara."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Literal, TypeAlias, get_args

import attrs

from daraja import fields
from daraja.api.amounts import Balance
from daraja.api.call import given
from daraja.api.initiator import Accepted, MoneyOut
from daraja.api.result import Result
from daraja.config import Config
from daraja.fields import Fault, value_or_fault
from daraja.http.flow import Flow
from daraja.to import Mobile, Pochi, one
from daraja.values.prompt import MAX_AMOUNT, whole_shillings

B2cCommand: TypeAlias = Literal["BusinessPayment", "SalaryPayment", "PromotionPayment"]
"""The kind of payment, which decides the words of the receiver's SMS. That of a promotion congratulates."""
B2cVersion: TypeAlias = Literal["v3", "v1"]
"""The version of Daraja's interface. Some apps have only the first, which detects no duplicates."""

_LEAST: Final = 10
_PATHS: Final[Mapping[B2cVersion, str]] = {
    "v3": "/mpesa/b2c/v3/paymentrequest",
    "v1": "/mpesa/b2c/v1/paymentrequest",
}
_PATH_WITH_ID_NUMBER: Final = "/mpesa/b2cvalidate/v2/paymentrequest"
_NATIONAL_ID: Final = "01"

_FUNDS: Final = {
    "Utility Account": "b2cutilityaccountavailablefunds",
    "Working Account": "b2cworkingaccountavailablefunds",
    "Charges Paid Account": "b2cchargespaidaccountavailablefunds",
}
_REGISTERED: Final = {"Y": True, "N": False}


@attrs.frozen
class B2cResult(Result):
    """The result of a payment to a phone."""

    @property
    def receiver_is_registered(self) -> bool | None:
        """Whether the receiver is registered for M-Pesa; None if the result does not say."""
        return _REGISTERED.get((self.parameters.text("b2crecipientisregisteredcustomer") or "").upper())

    @property
    def balances(self) -> Mapping[str, Balance]:
        """The available balance of each of our accounts after the payment; if it is negative, charges are owed."""
        funds = {account: self.parameters.money(name) for account, name in _FUNDS.items()}
        return {
            account: Balance(account, "KES", available=available)
            for account, available in funds.items()
            if available is not None
        }


def _mobile(value: str | Mobile) -> Mobile:
    return one(Mobile, value)


def _pochi(value: str | Pochi) -> Pochi:
    return one(Pochi, value)


def _command(value: B2cCommand) -> B2cCommand:
    return fields.one_of(value, get_args(B2cCommand))


def _version(value: B2cVersion) -> B2cVersion:
    return fields.one_of(value, get_args(B2cVersion))


def _amount(value: int | Decimal) -> int:
    return value_or_fault(_check_amount, value)


@attrs.frozen(kw_only=True)
class _PaymentToPhone(MoneyOut):
    amount: int = attrs.field(converter=_amount)
    originator_conversation_id: str = attrs.field(converter=fields.conversation_id)

    def _own_fields(self, config: Config, command: str, phone: str) -> dict[str, object]:
        return {
            "OriginatorConversationID": self.originator_conversation_id,
            "CommandID": command,
            "Amount": self.amount,
            "PartyA": self.shortcode or config.payout_shortcode,
            "PartyB": phone,
        }


@attrs.frozen(kw_only=True)
class B2cPayment(_PaymentToPhone):
    """A payment to a phone: give it to ``Daraja.run``, which never sends it twice by itself.

    >>> B2cPayment(to="0712 345 678", amount=500, originator_conversation_id="payout-17").to
    Mobile(phone='2547*****678', id_number=None)

    Args:
        to: The phone, or a ``daraja.to.Mobile``.
        amount: Whole KES, an ``int`` or a whole ``Decimal``, from 10 to 250,000 and to ``payout_max`` of the settings.
        originator_conversation_id: Your own id of this payment, new for each one: 1 to 38 letters, digits, ``-``
            and ``_``. Write it down before you send it.
        command: ``BusinessPayment``, ``SalaryPayment`` or ``PromotionPayment``.
        version: ``v1`` if the app has no other. It takes no id of yours, so that nothing detects a duplicate.
        remarks: 2 to 100 letters, digits, spaces and ``- _ . /``.
        occasion: 1 to 100 characters of the same kind.
        shortcode: The payer, if not the payout shortcode of the settings.
        result_url: The address for the result; by default ``results_url`` of the settings and ``result/``.
        timeout_url: The address for a timeout notice; by default ``results_url`` and ``timeout/``.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, BusinessToCustomer.
    """

    to: Mobile = attrs.field(converter=_mobile)
    command: B2cCommand = attrs.field(default="BusinessPayment", converter=_command)
    version: B2cVersion = attrs.field(default="v3", converter=_version)

    def flow(self, config: Config, /) -> Flow[Accepted]:
        """Ask Daraja to pay; see ``Daraja.b2c_payment``."""
        own = self._own_fields(config, self.command, self.to.phone)
        path = _PATHS[self.version]
        if self.to.id_number is not None:
            path = _PATH_WITH_ID_NUMBER
            own |= {"IDType": _NATIONAL_ID, "IDNumber": self.to.id_number}
        # Only v3 spells the occasion with two s (Daraja, BusinessToCustomer).
        own |= given(Occassion=self.occasion) if path == _PATHS["v3"] else given(Occasion=self.occasion)
        if self.version == "v1":
            del own["OriginatorConversationID"]
        return self._call(config, path, own, repeatable=False, initiator_key="InitiatorName")

    def _faults(self, config: Config) -> Mapping[str, object]:
        faults = super()._faults(config)
        if self.version == "v1" and self.to.id_number is not None:
            return {**faults, "version": Fault("v1 compares no id number; leave the version out")}
        return faults


@attrs.frozen(kw_only=True)
class PochiPayment(_PaymentToPhone):
    """A payment to a business wallet: give it to ``Daraja.run``, which never sends it twice by itself.

    Args:
        to: The phone of the wallet, or a ``daraja.to.Pochi``.
        amount: See ``B2cPayment``, like all that follow.
        originator_conversation_id: As above.
        remarks: As above.
        occasion: As above.
        shortcode: As above.
        result_url: As above.
        timeout_url: As above.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, BusinessToPochi.
    """

    to: Pochi = attrs.field(converter=_pochi)

    def flow(self, config: Config, /) -> Flow[Accepted]:
        """Ask Daraja to pay; see ``Daraja.pochi_payment``."""
        return self._call(
            config,
            "/mpesa/b2pochi/v1/paymentrequest",
            self._own_fields(config, "BusinessPayToPochi", self.to.phone) | given(Occassion=self.occasion),
            repeatable=False,
            initiator_key="InitiatorName",
        )


def _check_amount(value: int | Decimal) -> int:
    amount = whole_shillings(value, maximum=None)
    if not _LEAST <= amount <= MAX_AMOUNT:
        message = f"{amount:,} is outside the limits; M-Pesa pays out {_LEAST} to {MAX_AMOUNT:,} KES in one payment"
        raise ValueError(message)
    return amount
