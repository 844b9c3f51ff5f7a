"""Dynamic QR: a picture of a payment, made at once."""

import re
import zlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from struct import pack
from typing import ClassVar, Final

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.errors import invalid_field, json_response
from daraja.simulator.products.base import NO_VIEWS, MagicNumber, Route, Services
from daraja.simulator.validation import read_fields

_AMOUNT: Final = re.compile(r"[0-9]{1,6}")
_NUMBER: Final = re.compile(r"[0-9]{5,12}")
_NAME: Final = re.compile(r"(?s).{1,100}")
_SIZE: Final = re.compile(r"[1-9][0-9]{1,3}")
_KINDS: Final = ("BG", "WA", "PB", "SM", "SB")
_MODULES: Final = 16
"""Squares along a side of the picture."""


class DynamicQr:
    """The product dynamic QR. Its picture is a PNG that differs for every payment, and that no scanner reads.

    Args:
        services: What it shares with the other products.
    """

    name: ClassVar[str] = "qr"
    title: ClassVar[str] = "QR codes"
    magic_numbers: ClassVar[Sequence[MagicNumber]] = ()

    def __init__(self, services: Services) -> None:
        self.routes: Final[Mapping[str, Route]] = {"/mpesa/qrcode/v1/generate": Route(self._generate)}
        self.views: Final = NO_VIEWS
        self._services = services

    def _generate(self, request: HttpRequest, now: datetime) -> HttpResponse:
        fields = read_fields(request, ("MerchantName", "RefNo", "Amount", "TrxCode", "CPI", "Size"))
        for name, pattern, wanted in (
            ("MerchantName", _NAME, "a text of 1 to 100 characters"),
            ("RefNo", _NAME, "a text of 1 to 100 characters"),
            ("Amount", _AMOUNT, "a whole number of KES"),
            ("CPI", _NUMBER, "a number of 5 to 12 digits"),
        ):
            fields.matching(name, pattern, wanted)
        if fields.values["TrxCode"] not in _KINDS:
            raise invalid_field("TrxCode", f"is none of {', '.join(_KINDS)}")
        size = int(fields.matching("Size", _SIZE, "a number of pixels from 10"))
        body = {
            "ResponseCode": self._services.ids.conversation_id(now),
            "RequestID": self._services.ids.request_id(now),
            "ResponseDescription": "QR Code Successfully Generated.",
            "QRCode": b64encode(_png(sha256(request.body).digest(), size)).decode(),
        }
        return json_response(200, body)


def _png(bits: bytes, size: int) -> bytes:
    """Draw squares, one for each bit, as a PNG with a side of *size* pixels."""
    rows = b""
    for y in range(size):
        row = bits[2 * (y * _MODULES // size) :][:2]
        pattern = int.from_bytes(row)
        pixels = (0 if pattern >> (x * _MODULES // size) & 1 else 255 for x in range(size))
        rows += b"\0" + bytes(pixels)
    shape = pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", shape), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
