"""Dynamic QR: a picture that a customer scans to pay."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Final, Literal, TypeAlias, get_args

import attrs
from attrs.converters import optional

from daraja import fields
from daraja.api.call import call
from daraja.config import Config, Till
from daraja.fields import Checked, raise_faults, value_or_fault
from daraja.http.error_kinds import ErrorKind
from daraja.http.error_response import SuccessSign
from daraja.http.flow import Flow
from daraja.http.json_body import Fields, as_text
from daraja.values.prompt import whole_shillings

QrKind: TypeAlias = Literal["pay bill", "till", "agent", "send money", "business"]
"""The kind of payment that the QR code starts."""

_CODES: Final[Mapping[QrKind, str]] = {
    "pay bill": "PB",
    "till": "BG",
    "agent": "WA",
    "send money": "SM",
    "business": "SB",
}
_PNG: Final = b"\x89PNG\r\n\x1a\n"


class _QrSign(SuccessSign):
    def says_yes(self, fields: Fields, /) -> bool:
        return bool(as_text(fields.get("QRCode")))


def _no_qr_code(code: str) -> ErrorKind:
    """Take a code of success that came without an image for doubt."""
    return ErrorKind.AMBIGUOUS if code.startswith("AG_") or not code.strip("0") else ErrorKind.REFUSED


QR_MADE: Final = _QrSign(frozenset(), _no_qr_code)
"""There is an image. The ResponseCode is ``00`` or an id."""


def _kind(value: QrKind) -> QrKind:
    return fields.one_of(value, get_args(QrKind))


def _receiver(value: str) -> str:
    return fields.text(value, shortest=5, longest=12)


def _reference(value: str) -> str:
    return fields.text(value, longest=32)


def _size(value: int) -> int:
    return fields.whole_number(value, lowest=50, highest=2_000)


@attrs.frozen(kw_only=True)
class QrCode:
    """A picture to show to a customer. Nobody has paid yet: a payment arrives by C2B.

    Args:
        png: The picture, a PNG file; hidden in reprs.
    """

    png: bytes = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class DynamicQr(Checked):
    """A request for a QR code: give it to ``Daraja.run``. A second request is harmless.

    Args:
        merchant: The name that the customer sees, 1 to 100 characters.
        amount: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum (250,000).
        reference: The purpose, which is the account at a pay bill: 1 to 32 letters, digits, spaces and
            ``- _ . /``.
        kind: ``pay bill``, ``till``, ``agent``, ``send money`` or ``business``; that of the settings if left out.
        receiver: The receiver, a number of that kind, 5 to 12 characters; the number of the settings if left out.
        size: The side of the picture in pixels, 50 to 2,000.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, DynamicQRCode.
    """

    merchant: str = attrs.field(converter=fields.name)
    amount: int = attrs.field(converter=fields.amount)
    reference: str = attrs.field(converter=_reference)
    kind: QrKind | None = attrs.field(default=None, converter=optional(_kind))
    receiver: str | None = attrs.field(default=None, converter=optional(_receiver))
    size: int = attrs.field(default=300, converter=_size)

    def flow(self, config: Config, /) -> Flow[QrCode]:
        """Ask for the picture; see ``Daraja.dynamic_qr``."""
        raise_faults({"amount": value_or_fault(whole_shillings, self.amount, maximum=config.max_amount)})
        if isinstance(config.business, Till):
            usual, number = "BG", config.business.till
        else:
            usual, number = "PB", config.business.shortcode
        content = {
            "MerchantName": self.merchant,
            "RefNo": self.reference,
            "Amount": self.amount,
            "TrxCode": usual if self.kind is None else _CODES[self.kind],
            "CPI": self.receiver or number,
            "Size": str(self.size),
        }
        return call(config, "/mpesa/qrcode/v1/generate", content, sign=QR_MADE, read=_read, repeatable=True)


def _read(answer: Fields) -> QrCode | None:
    """Take the picture out of its base64, which ends in a stray sign in Daraja's own sample."""
    try:
        png = b64decode((as_text(answer.get("QRCode")) or "").rstrip("=. ") + "==")
    except (binascii.Error, ValueError):
        return None
    return QrCode(png=png) if png.startswith(_PNG) else None
