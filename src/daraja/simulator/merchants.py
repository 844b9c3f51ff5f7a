"""The businesses that the local Daraja knows: shortcodes with their passkeys and tills."""

from base64 import b64encode
from collections.abc import Mapping

import attrs

from daraja.simulator.refusals import BUSINESS_ERROR, Refusal, invalid_field

__all__ = ["SANDBOX_PASSKEY", "SANDBOX_SHORTCODE", "Merchants"]

SANDBOX_SHORTCODE = "174379"
SANDBOX_PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
"""Safaricom publishes this pair for its sandbox, so that it is no secret."""

_TILL = "CustomerBuyGoodsOnline"
_PAY_BILL = "CustomerPayBillOnline"


@attrs.frozen
class Merchants:
    """Who may ask for money, and for whom.

    Args:
        passkeys: The passkey of every shortcode.
        tills: The till number of every store number that has one.

    Raises:
        ValueError: If a store number of a till has no passkey.
    """

    passkeys: Mapping[str, str] = attrs.field(repr=False)
    tills: Mapping[str, str]

    def __attrs_post_init__(self) -> None:
        if unknown := [store for store in self.tills if store not in self.passkeys]:
            message = f"tills: the store number {unknown[0]} has no passkey; add it to shortcodes"
            raise ValueError(message)

    def check_receiver(self, shortcode: str, kind: object, receiver: str) -> None:
        """Check that the money goes where such a shortcode may send it.

        Raises:
            Refusal: If the transaction type is unknown, or PartyB is not what it needs.
        """
        if kind not in (_PAY_BILL, _TILL):
            raise invalid_field("TransactionType", f"is neither {_PAY_BILL} nor {_TILL}")
        # A till asks with its store number and is paid at its till number; in the sandbox one number is both.
        wanted = self.tills.get(shortcode, shortcode) if kind == _TILL else shortcode
        if receiver != wanted:
            raise invalid_field("PartyB", f"is {receiver}; {kind} from {shortcode} needs {wanted}")

    def check_password(self, shortcode: str, password: object, timestamp: str) -> None:
        """Check that the shortcode is known and the password made with its passkey.

        Raises:
            Refusal: If not.
        """
        passkey = self.passkeys.get(shortcode)
        if passkey is None:
            why = f"no business here has the shortcode {shortcode}; known are {', '.join(self.passkeys)}"
            raise Refusal(500, BUSINESS_ERROR, "Merchant does not exist", why)
        if password != b64encode(f"{shortcode}{passkey}{timestamp}".encode()).decode():
            why = "Password is not base64 of BusinessShortCode, passkey and Timestamp of this very request"
            raise Refusal(500, BUSINESS_ERROR, "Wrong credentials", why)
