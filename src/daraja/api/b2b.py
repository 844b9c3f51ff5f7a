"""B2B: payments from a business to a pay bill, a till, a bulk account, an account of its own or the tax authority."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import attrs
from attrs.converters import optional

from daraja import fields
from daraja.api.amounts import Balance, read_balances
from daraja.api.call import given
from daraja.api.initiator import Accepted, MoneyOut
from daraja.api.result import Result
from daraja.config import Config
from daraja.fields import Fault
from daraja.http.flow import Flow
from daraja.to import BulkAccount, PayBillAccount, Tax, TillNumber, one

_PAYMENT: Final = "/mpesa/b2b/v1/paymentrequest"
_TAX: Final = "/mpesa/b2b/v1/remittax"
_REVENUE_AUTHORITY: Final = "572572"
_SHORTCODE: Final = "4"
_TILL: Final = "2"


@attrs.frozen
class B2bResult(Result):
    """The result of a payment to a business or to the tax authority.

    There are two generations of it: one of them has no amount, so compare the amount only if there is one. No
    result names a receipt; a statement lists the payment under its ``transaction_id``.
    """

    @property
    def bill_reference(self) -> str | None:
        """The account reference of the request, or the PRN of a tax payment; None if the result does not say."""
        return self.references.text("billreferencenumber") or self.parameters.text("billreferencenumber")

    @property
    def balance_after(self) -> Decimal | None:
        """The available balance of the account that paid, in KES; None if the result does not say."""
        return self.parameters.money(
            "initiatoraccountcurrentbalance", "debitaccountcurrentbalance", "debitaccountbalance"
        )

    @property
    def receiver_balances(self) -> Mapping[str, Balance]:
        """The balances of the receiver's accounts, by name, after a transfer between our own accounts; else empty."""
        return read_balances(self.parameters.all("creditaccountbalance", "creditpartyaffectedaccountbalance"))


def _business(value: PayBillAccount | TillNumber) -> PayBillAccount | TillNumber:
    hint = "give PayBillAccount(shortcode, account=...) or TillNumber(number) of daraja.to"
    return fields.instance(value, PayBillAccount | TillNumber, hint)


def _bulk(value: str | BulkAccount) -> BulkAccount:
    return one(BulkAccount, value)


def _tax(value: str | Tax) -> Tax:
    return one(Tax, value)


@attrs.frozen(kw_only=True)
class _PaymentToBusiness(MoneyOut):
    def _fields_to(
        self, config: Config, command: str, receiver: str, reference: str, receiver_type: str = _SHORTCODE
    ) -> dict[str, object]:
        return {
            "CommandID": command,
            "SenderIdentifierType": _SHORTCODE,
            "RecieverIdentifierType": receiver_type,  # Daraja knows only this spelling
            "Amount": self.amount,
            "PartyA": self._payer(config),
            "PartyB": receiver,
            "AccountReference": reference,
            **given(Occassion=self.occasion),
        }

    def _payer(self, config: Config) -> str:
        return self.shortcode or config.business.shortcode


@attrs.frozen(kw_only=True)
class B2bPayment(_PaymentToBusiness):
    """A payment to a pay bill or a till: give it to ``Daraja.run``, which never sends it twice by itself.

    Daraja detects no duplicates of it. After a lost answer, only its result or the statement shows the outcome.

    >>> from daraja import to
    >>> B2bPayment(to=to.PayBillAccount("888880", account="17"), amount=500).to.account
    '17'

    Args:
        to: A ``PayBillAccount`` or a ``TillNumber`` of ``daraja.to``.
        amount: Whole KES, an ``int`` or a whole ``Decimal``, up to ``payout_max`` of the settings.
        requester: The phone of the customer on whose behalf you pay, if there is one.
        remarks: 2 to 100 letters, digits, spaces and ``- _ . /``.
        occasion: 1 to 100 characters of the same kind.
        shortcode: The payer, if not the shortcode of the business in the settings.
        result_url: The address for the result; by default ``results_url`` of the settings and ``result/``.
        timeout_url: The address for a timeout notice; by default ``results_url`` and ``timeout/``.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, BusinessPayBill and BusinessBuyGoods.
    """

    to: PayBillAccount | TillNumber = attrs.field(converter=_business)
    requester: str | None = attrs.field(default=None, converter=optional(fields.phone))

    def flow(self, config: Config, /) -> Flow[Accepted]:
        """Ask Daraja to pay; see ``Daraja.b2b_payment``."""
        if isinstance(self.to, PayBillAccount):
            own = self._fields_to(config, "BusinessPayBill", self.to.shortcode, self.to.account)
        else:
            # The page says 4, but production finds no till with it.
            own = self._fields_to(config, "BusinessBuyGoods", self.to.number, self.to.reference, _TILL)
        return self._call(config, _PAYMENT, own | given(Requester=self.requester), repeatable=False)


@attrs.frozen(kw_only=True)
class B2cTopUp(_PaymentToBusiness):
    """Money for a bulk shortcode, from our Working account to its Utility account; never sent twice by itself.

    Args:
        to: The bulk shortcode, or a ``daraja.to.BulkAccount``; that of the settings if left out.
        amount: See ``B2bPayment``, like all that follow.
        remarks: As above.
        occasion: As above.
        shortcode: As above.
        result_url: As above.
        timeout_url: As above.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, B2CAccountTopUp.
    """

    to: BulkAccount | None = attrs.field(default=None, converter=optional(_bulk))

    def flow(self, config: Config, /) -> Flow[Accepted]:
        """Ask Daraja to move the money; see ``Daraja.b2c_top_up``."""
        receiver = self._receiver(config)
        own = self._fields_to(config, "BusinessPayToBulk", receiver, receiver)
        return self._call(config, _PAYMENT, own, repeatable=False)

    def _receiver(self, config: Config) -> str:
        return config.payout_shortcode if self.to is None else self.to.shortcode

    def _faults(self, config: Config) -> Mapping[str, object]:
        faults = super()._faults(config)
        if self._receiver(config) == self._payer(config):
            return {
                **faults,
                "to": Fault("is the shortcode that pays; name another one, here or in MPESA_BULK_SHORTCODE"),
            }
        return faults


@attrs.frozen(kw_only=True)
class FloatTransfer(_PaymentToBusiness):
    """Money from our Working account to our Utility account, which pays out; never sent twice by itself.

    Safaricom has to allow it for the shortcode first. The way back is possible only on the organisation portal.

    Args:
        amount: See ``B2bPayment``, like all that follow.
        remarks: As above.
        occasion: As above.
        shortcode: The owner of the accounts, if not the payout shortcode of the settings.
        result_url: As above.
        timeout_url: As above.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja FAQ, question 8.
    """

    def flow(self, config: Config, /) -> Flow[Accepted]:
        """Ask Daraja to move the money; see ``Daraja.float_transfer``."""
        own_shortcode = self._payer(config)
        own = self._fields_to(config, "BusinessTransferFromMMFToUtility", own_shortcode, own_shortcode)
        return self._call(config, _PAYMENT, own, repeatable=False)

    def _payer(self, config: Config) -> str:
        return self.shortcode or config.payout_shortcode


@attrs.frozen(kw_only=True)
class TaxPayment(_PaymentToBusiness):
    """A payment to the Kenya Revenue Authority: give it to ``Daraja.run``, which never sends it twice by itself.

    Args:
        to: The payment registration number (PRN) of the tax, or a ``daraja.to.Tax``.
        amount: See ``B2bPayment``, like all that follow.
        remarks: As above.
        occasion: As above.
        shortcode: As above.
        result_url: As above.
        timeout_url: As above.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, TaxRemittance.
    """

    to: Tax = attrs.field(converter=_tax)

    def flow(self, config: Config, /) -> Flow[Accepted]:
        """Ask Daraja to pay the tax; see ``Daraja.tax_payment``."""
        own = self._fields_to(config, "PayTaxToKRA", _REVENUE_AUTHORITY, self.to.prn)
        return self._call(config, _TAX, own, repeatable=False)
