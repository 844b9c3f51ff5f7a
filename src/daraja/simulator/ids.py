"""Ids and receipts in the forms that Safaricom uses now, made of a counter and the time only."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count, islice

from daraja.values.nairobi_time import EAT

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DAYS = "123456789ABCDEFGHIJKLMNOPQRSTUV"
_YEAR_OF_A = 2006
_MILLISECOND = timedelta(milliseconds=1)
_TAIL = 7
_TAILS = len(_ALPHABET) ** _TAIL
_PER_SECOND = _TAILS // 86_400
_STRIDE = 48_271_000_019
"""It shares no factor with 36 (neither 2 nor 3), so that steps of this size give every tail before one comes twice."""


class Ids:
    """Makes ids; the same calls at the same times give the same ids."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._last_checkout = datetime.min.replace(tzinfo=UTC)

    def request_id(self, now: datetime) -> str:
        """Make an id like ``2654-4b64-97ff-b827b542881d3130``, for a MerchantRequestID or an error."""
        number, digest = self._next(now)
        letters = iter(digest.hex())
        groups = ["".join(islice(letters, length)) for length in (4, 4, 4, 12)]
        return f"{'-'.join(groups)}{number}"

    def conversation_id(self, now: datetime) -> str:
        """Make a ConversationID like ``AG_20261123_20106e9209f64bebd05b``."""
        _, digest = self._next(now)
        return f"AG_{now.astimezone(EAT):%Y%m%d}_{digest.hex()[:20]}"

    def checkout_request_id(self, phone: str, now: datetime) -> str:
        """Make an id like ``ws_CO_23112026143000001712345678``: Nairobi's time to the millisecond, then the number.

        Each is at least a millisecond later than the last one, so that no id comes twice while a clock stands still.
        """
        self._last_checkout = max(now, self._last_checkout + _MILLISECOND)
        local = self._last_checkout.astimezone(EAT)
        return f"ws_CO_{local:%d%m%Y%H%M%S}{local.microsecond // 1000:03}{phone[-9:]}"

    def token(self, now: datetime) -> str:
        """Make an access token of 28 letters and digits."""
        _, digest = self._next(now)
        return b64encode(digest, altchars=b"Aa").decode()[:28]

    def receipt(self, now: datetime) -> str:
        """Make an M-Pesa receipt: year, month, day, then seven characters that no other second has.

        A restarted local Daraja counts from one again, but a shop's database still has the receipts of the day.
        """
        number, _ = self._next(now)
        local = now.astimezone(EAT)
        second = (local.hour * 60 + local.minute) * 60 + local.second
        tail = (second * _PER_SECOND + number % _PER_SECOND) * _STRIDE % _TAILS
        day = _LETTERS[(local.year - _YEAR_OF_A) % 26] + _LETTERS[local.month - 1] + _DAYS[local.day - 1]
        return day + "".join(_ALPHABET[tail // 36**place % 36] for place in range(_TAIL))

    def _next(self, now: datetime) -> tuple[int, bytes]:
        number = next(self._numbers)
        return number, sha256(f"{number} {now.isoformat()}".encode()).digest()
