"""The Password and Timestamp that sign a request: both made from one instant, in Nairobi's time."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime

from daraja.config.checks import check_secret, check_shortcode
from daraja.errors import InvalidInput
from daraja.validation import Faults
from daraja.values.nairobi_time import to_eat_digits
from daraja.values.secret import Secret

__all__ = ["stk_password", "stk_signature", "stk_timestamp"]


def stk_timestamp(instant: datetime, /) -> str:
    """Write an instant as Daraja's ``Timestamp``: ``YYYYMMDDHHmmss`` in Nairobi's time.

    >>> from datetime import UTC, datetime
    >>> stk_timestamp(datetime(2026, 11, 23, 21, 5, 9, tzinfo=UTC))
    '20261124000509'

    Args:
        instant: A moment that knows its zone, for example ``datetime.now(UTC)``.

    Returns:
        Fourteen digits.

    Raises:
        ValueError: If *instant* has no zone: give one that has.

    Source:
        Daraja, MpesaExpressSimulate (Timestamp).
    """
    return to_eat_digits(instant)


def stk_password(shortcode: str, passkey: str | Secret, instant: datetime, /) -> str:
    """Make Daraja's ``Password``: the base64 of shortcode, passkey and timestamp.

    It contains the passkey, so never log it; and send it only with ``stk_timestamp`` of the same instant.

    >>> from datetime import UTC, datetime
    >>> stk_password("174379", "abc", datetime(2026, 11, 23, 21, 5, 9, tzinfo=UTC))
    'MTc0Mzc5YWJjMjAyNjExMjQwMDA1MDk='

    Args:
        shortcode: The pay bill, or the store number of a till.
        passkey: The passkey of that shortcode.
        instant: The moment whose timestamp goes out beside it.

    Returns:
        Base64 text.

    Raises:
        ValueError: If *instant* has no zone: give one that has. If *shortcode* is none or *passkey* holds a space or a
            line break: copy it again.

    Source:
        Daraja, MpesaExpressSimulate (Password).
    """
    faults = Faults()
    passkey = faults.check("passkey", check_secret, passkey)
    faults.check("shortcode", check_shortcode, shortcode)
    faults.settle(InvalidInput)
    return stk_signature(shortcode, passkey, instant)["Password"]


def stk_signature(shortcode: str, passkey: Secret, instant: datetime, /) -> Mapping[str, str]:
    """Make the two fields that sign a request, from one instant."""
    timestamp = stk_timestamp(instant)
    password = b64encode(f"{shortcode}{passkey.reveal()}{timestamp}".encode()).decode("ascii")
    return {"Password": password, "Timestamp": timestamp}
