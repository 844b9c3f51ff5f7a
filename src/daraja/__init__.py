"""The M-Pesa Daraja API for Python: ask a phone for money, hear back, and never lose or double a payment.

.. PYTEST_DONT_REWRITE
"""
# pytest would rewrite the assertions of whatever has fixtures, and warns where it comes too late for that: in a program
# that imports daraja before it runs its tests. There are none here, and the mark is how pytest is told.

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from daraja import errors as errors
    from daraja.aio.checkout import AsyncCheckout as AsyncCheckout
    from daraja.aio.client import AsyncDaraja as AsyncDaraja
    from daraja.api.stk.callback import StkCallback as StkCallback
    from daraja.api.stk.callback import parse_stk_callback as parse_stk_callback
    from daraja.api.stk.push import StkPush as StkPush
    from daraja.api.stk.push import StkPushResponse as StkPushResponse
    from daraja.api.stk.push import stk_password as stk_password
    from daraja.api.stk.push import stk_timestamp as stk_timestamp
    from daraja.api.stk.query import StkQuery as StkQuery
    from daraja.api.stk.query import StkQueryResponse as StkQueryResponse
    from daraja.checkout import Checkout as Checkout
    from daraja.client import Daraja as Daraja
    from daraja.config import Bulk as Bulk
    from daraja.config import Config as Config
    from daraja.config import Environment as Environment
    from daraja.config import Initiator as Initiator
    from daraja.config import PayBill as PayBill
    from daraja.config import Till as Till
    from daraja.config.security_credential import security_credential as security_credential
    from daraja.payments import Payment as Payment
    from daraja.payments import Status as Status
    from daraja.payments.senders import SAFARICOM_ADDRESSES as SAFARICOM_ADDRESSES
    from daraja.payments.senders import client_ip as client_ip
    from daraja.result_codes import Explanation as Explanation
    from daraja.result_codes import Outcome as Outcome
    from daraja.result_codes import explain as explain
    from daraja.values.phone import mask_phone as mask_phone
    from daraja.values.phone import normalise_phone as normalise_phone
    from daraja.values.reference import short_reference as short_reference
    from daraja.values.secret import Secret as Secret
    from daraja.version import __version__ as __version__

# Where each public name lives; a name is loaded when it is first used, so that a program which only reads callbacks
# never waits for requests, and nobody for cryptography who does not encrypt.
_HOMES: Final = {
    "AsyncCheckout": "aio.checkout",
    "AsyncDaraja": "aio.client",
    "Bulk": "config",
    "Checkout": "checkout",
    "Config": "config",
    "Daraja": "client",
    "Environment": "config",
    "Explanation": "result_codes",
    "Initiator": "config",
    "Outcome": "result_codes",
    "PayBill": "config",
    "Payment": "payments",
    "SAFARICOM_ADDRESSES": "payments.senders",
    "Secret": "values.secret",
    "Status": "payments",
    "StkCallback": "api.stk.callback",
    "StkPush": "api.stk.push",
    "StkPushResponse": "api.stk.push",
    "StkQuery": "api.stk.query",
    "StkQueryResponse": "api.stk.query",
    "Till": "config",
    "__version__": "version",
    "client_ip": "payments.senders",
    "explain": "result_codes",
    "mask_phone": "values.phone",
    "normalise_phone": "values.phone",
    "parse_stk_callback": "api.stk.callback",
    "security_credential": "config.security_credential",
    "short_reference": "values.reference",
    "stk_password": "api.stk.push",
    "stk_timestamp": "api.stk.push",
}

__all__ = [
    "SAFARICOM_ADDRESSES",
    "AsyncCheckout",
    "AsyncDaraja",
    "Bulk",
    "Checkout",
    "Config",
    "Daraja",
    "Environment",
    "Explanation",
    "Initiator",
    "Outcome",
    "PayBill",
    "Payment",
    "Secret",
    "Status",
    "StkCallback",
    "StkPush",
    "StkPushResponse",
    "StkQuery",
    "StkQueryResponse",
    "Till",
    "__version__",
    "client_ip",
    "errors",
    "explain",
    "mask_phone",
    "normalise_phone",
    "parse_stk_callback",
    "security_credential",
    "short_reference",
    "stk_password",
    "stk_timestamp",
]


if not TYPE_CHECKING:  # pragma: no branch - a type checker that saw this would believe in any name

    def __getattr__(name: str) -> object:
        if name == "errors":
            return import_module("daraja.errors")
        if name not in _HOMES:
            message = f"module 'daraja' has no attribute {name!r}"
            raise AttributeError(message)
        value: object = getattr(import_module(f"daraja.{_HOMES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
