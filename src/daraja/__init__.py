"""The M-Pesa Daraja API for Python: prompt a phone, take the result, and never lose or double a payment.

.. PYTEST_DONT_REWRITE
"""
# pytest rewrites the assertions of plugins, and warns if a program has imported daraja before. There are no assertions
# here, and this mark tells pytest so.

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from daraja import errors as errors
    from daraja import to as to
    from daraja.aio.checkout import AsyncCheckout as AsyncCheckout
    from daraja.aio.client import AsyncDaraja as AsyncDaraja
    from daraja.aio.payouts import AsyncPayouts as AsyncPayouts
    from daraja.aio.receipts import AsyncReceipts as AsyncReceipts
    from daraja.api.account_balance import AccountBalance as AccountBalance
    from daraja.api.account_balance import BalanceResult as BalanceResult
    from daraja.api.amounts import Balance as Balance
    from daraja.api.amounts import Charge as Charge
    from daraja.api.b2b import B2bPayment as B2bPayment
    from daraja.api.b2b import B2bResult as B2bResult
    from daraja.api.b2b import B2cTopUp as B2cTopUp
    from daraja.api.b2b import FloatTransfer as FloatTransfer
    from daraja.api.b2b import TaxPayment as TaxPayment
    from daraja.api.b2b_express import B2bExpress as B2bExpress
    from daraja.api.b2b_express import ExpressResult as ExpressResult
    from daraja.api.b2c import B2cPayment as B2cPayment
    from daraja.api.b2c import B2cResult as B2cResult
    from daraja.api.b2c import PochiPayment as PochiPayment
    from daraja.api.bill_manager import BillAcknowledge as BillAcknowledge
    from daraja.api.bill_manager import BillAnswer as BillAnswer
    from daraja.api.bill_manager import BillCancel as BillCancel
    from daraja.api.bill_manager import BillerKey as BillerKey
    from daraja.api.bill_manager import BillInvoice as BillInvoice
    from daraja.api.bill_manager import BillInvoices as BillInvoices
    from daraja.api.bill_manager import BillOptIn as BillOptIn
    from daraja.api.bill_manager import BillUpdate as BillUpdate
    from daraja.api.bonga import BongaPoints as BongaPoints
    from daraja.api.bonga import BongaRedeem as BongaRedeem
    from daraja.api.bonga import BongaValue as BongaValue
    from daraja.api.c2b import C2bRegister as C2bRegister
    from daraja.api.c2b import C2bSimulate as C2bSimulate
    from daraja.api.call import PromptAccepted as PromptAccepted
    from daraja.api.call import Registered as Registered
    from daraja.api.dynamic_qr import DynamicQr as DynamicQr
    from daraja.api.dynamic_qr import QrCode as QrCode
    from daraja.api.hakikisha import CustomerName as CustomerName
    from daraja.api.hakikisha import Hakikisha as Hakikisha
    from daraja.api.incoming import IncomingPayment as IncomingPayment
    from daraja.api.initiator import Accepted as Accepted
    from daraja.api.invoice import Invoice as Invoice
    from daraja.api.invoice import InvoiceItem as InvoiceItem
    from daraja.api.organisation_info import Organisation as Organisation
    from daraja.api.organisation_info import OrganisationInfo as OrganisationInfo
    from daraja.api.parse import parse_incoming as parse_incoming
    from daraja.api.parse import parse_result as parse_result
    from daraja.api.parse import parse_timeout as parse_timeout
    from daraja.api.pull import PullPage as PullPage
    from daraja.api.pull import PullRegister as PullRegister
    from daraja.api.pull import PullTransactions as PullTransactions
    from daraja.api.result import Result as Result
    from daraja.api.reversal import Reversal as Reversal
    from daraja.api.reversal import ReversalResult as ReversalResult
    from daraja.api.sim_swap import LastSwap as LastSwap
    from daraja.api.sim_swap import SimSwap as SimSwap
    from daraja.api.standing_order import StandingOrder as StandingOrder
    from daraja.api.standing_order import StandingOrderResult as StandingOrderResult
    from daraja.api.stk.callback import StkCallback as StkCallback
    from daraja.api.stk.callback import parse_stk_callback as parse_stk_callback
    from daraja.api.stk.push import StkPush as StkPush
    from daraja.api.stk.push import StkPushResponse as StkPushResponse
    from daraja.api.stk.push import stk_password as stk_password
    from daraja.api.stk.push import stk_timestamp as stk_timestamp
    from daraja.api.stk.query import StkQuery as StkQuery
    from daraja.api.stk.query import StkQueryResponse as StkQueryResponse
    from daraja.api.timeout import TimeoutNotice as TimeoutNotice
    from daraja.api.transaction_status import StatusResult as StatusResult
    from daraja.api.transaction_status import TransactionStatus as TransactionStatus
    from daraja.checkout import Checkout as Checkout
    from daraja.client import Daraja as Daraja
    from daraja.config import Bulk as Bulk
    from daraja.config import Config as Config
    from daraja.config import Environment as Environment
    from daraja.config import Initiator as Initiator
    from daraja.config import PayBill as PayBill
    from daraja.config import Till as Till
    from daraja.config.security_credential import security_credential as security_credential
    from daraja.disbursements import Approval as Approval
    from daraja.disbursements import Caps as Caps
    from daraja.disbursements import Payout as Payout
    from daraja.disbursements import PayoutStatus as PayoutStatus
    from daraja.events import Event as Event
    from daraja.inbound.expectation import Expectation as Expectation
    from daraja.inbound.model import Receipt as Receipt
    from daraja.inbound.policy import Rejection as Rejection
    from daraja.inbound.statement import Statement as Statement
    from daraja.inbound.statement import StatementRow as StatementRow
    from daraja.lifecycle.source_ip import SAFARICOM_ADDRESSES as SAFARICOM_ADDRESSES
    from daraja.lifecycle.source_ip import client_ip as client_ip
    from daraja.lifecycle.source_ip import client_network as client_network
    from daraja.payments import Order as Order
    from daraja.payments import Payment as Payment
    from daraja.payments import Status as Status
    from daraja.payouts import Payouts as Payouts
    from daraja.receipts import Receipts as Receipts
    from daraja.result_codes import Explanation as Explanation
    from daraja.result_codes import Outcome as Outcome
    from daraja.result_codes import explain as explain
    from daraja.statement import read_statement as read_statement
    from daraja.values.account_number import account_number as account_number
    from daraja.values.account_number import is_account_number as is_account_number
    from daraja.values.party import Party as Party
    from daraja.values.prompt import normalise_phone as normalise_phone
    from daraja.values.prompt import short_reference as short_reference
    from daraja.values.secret import Secret as Secret
    from daraja.values.secret import mask_phone as mask_phone
    from daraja.version import __version__ as __version__

# The module of each public name. A name is loaded at its first use, so a program that only reads callbacks does not
# load requests, and a program that does not encrypt does not load cryptography.
_HOMES: Final = {
    "Accepted": "api.initiator",
    "AccountBalance": "api.account_balance",
    "Approval": "disbursements",
    "AsyncCheckout": "aio.checkout",
    "AsyncDaraja": "aio.client",
    "AsyncPayouts": "aio.payouts",
    "AsyncReceipts": "aio.receipts",
    "B2bExpress": "api.b2b_express",
    "B2bPayment": "api.b2b",
    "B2bResult": "api.b2b",
    "B2cPayment": "api.b2c",
    "B2cResult": "api.b2c",
    "B2cTopUp": "api.b2b",
    "Balance": "api.amounts",
    "BalanceResult": "api.account_balance",
    "BillAcknowledge": "api.bill_manager",
    "BillAnswer": "api.bill_manager",
    "BillCancel": "api.bill_manager",
    "BillInvoice": "api.bill_manager",
    "BillInvoices": "api.bill_manager",
    "BillOptIn": "api.bill_manager",
    "BillUpdate": "api.bill_manager",
    "BillerKey": "api.bill_manager",
    "BongaPoints": "api.bonga",
    "BongaRedeem": "api.bonga",
    "BongaValue": "api.bonga",
    "Bulk": "config",
    "C2bRegister": "api.c2b",
    "C2bSimulate": "api.c2b",
    "Caps": "disbursements",
    "Charge": "api.amounts",
    "Checkout": "checkout",
    "Config": "config",
    "CustomerName": "api.hakikisha",
    "Daraja": "client",
    "DynamicQr": "api.dynamic_qr",
    "Environment": "config",
    "Event": "events",
    "Expectation": "inbound.expectation",
    "Explanation": "result_codes",
    "ExpressResult": "api.b2b_express",
    "FloatTransfer": "api.b2b",
    "Hakikisha": "api.hakikisha",
    "IncomingPayment": "api.incoming",
    "Initiator": "config",
    "Invoice": "api.invoice",
    "InvoiceItem": "api.invoice",
    "LastSwap": "api.sim_swap",
    "Order": "payments",
    "Organisation": "api.organisation_info",
    "OrganisationInfo": "api.organisation_info",
    "Outcome": "result_codes",
    "Party": "values.party",
    "PayBill": "config",
    "Payment": "payments",
    "Payout": "disbursements",
    "PayoutStatus": "disbursements",
    "Payouts": "payouts",
    "PochiPayment": "api.b2c",
    "PromptAccepted": "api.call",
    "PullPage": "api.pull",
    "PullRegister": "api.pull",
    "PullTransactions": "api.pull",
    "QrCode": "api.dynamic_qr",
    "Receipt": "inbound.model",
    "Receipts": "receipts",
    "Registered": "api.call",
    "Rejection": "inbound.policy",
    "Result": "api.result",
    "Reversal": "api.reversal",
    "ReversalResult": "api.reversal",
    "SAFARICOM_ADDRESSES": "lifecycle.source_ip",
    "Secret": "values.secret",
    "SimSwap": "api.sim_swap",
    "StandingOrder": "api.standing_order",
    "StandingOrderResult": "api.standing_order",
    "Statement": "inbound.statement",
    "StatementRow": "inbound.statement",
    "Status": "payments",
    "StatusResult": "api.transaction_status",
    "StkCallback": "api.stk.callback",
    "StkPush": "api.stk.push",
    "StkPushResponse": "api.stk.push",
    "StkQuery": "api.stk.query",
    "StkQueryResponse": "api.stk.query",
    "TaxPayment": "api.b2b",
    "Till": "config",
    "TimeoutNotice": "api.timeout",
    "TransactionStatus": "api.transaction_status",
    "__version__": "version",
    "account_number": "values.account_number",
    "client_ip": "lifecycle.source_ip",
    "client_network": "lifecycle.source_ip",
    "explain": "result_codes",
    "is_account_number": "values.account_number",
    "mask_phone": "values.secret",
    "normalise_phone": "values.prompt",
    "parse_incoming": "api.parse",
    "parse_result": "api.parse",
    "parse_stk_callback": "api.stk.callback",
    "parse_timeout": "api.parse",
    "read_statement": "statement",
    "security_credential": "config.security_credential",
    "short_reference": "values.prompt",
    "stk_password": "api.stk.push",
    "stk_timestamp": "api.stk.push",
}

if not TYPE_CHECKING:  # pragma: no branch - a type checker that saw this would believe in any name
    __all__ = list(_HOMES)
    __all__ += ["errors", "to"]

    def __getattr__(name: str) -> object:
        if name in {"errors", "to"}:
            return import_module(f"daraja.{name}")
        if name not in _HOMES:
            raise AttributeError(f"module 'daraja' has no attribute {name!r}")
        try:
            value: object = getattr(import_module(f"daraja.{_HOMES[name]}"), name)
        except (ImportError, AttributeError) as error:
            if not (others := _other_distributions()):
                raise
            raise ImportError(
                f"{' and '.join(others)} has installed a package daraja too, and the two overwrite each other's files; "
                f"pip uninstall daraja-kit {' '.join(others)}, and then install daraja-kit again"
            ) from error
        globals()[name] = value
        return value

    def _other_distributions() -> list[str]:
        from importlib.metadata import packages_distributions  # noqa: PLC0415 - slow, and only a failure needs it

        return sorted({name for name in packages_distributions().get("daraja", ()) if name != "daraja-kit"})


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, "errors", "to"})
