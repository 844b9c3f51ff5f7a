"""Bodies that Safaricom never sent: real shapes with the faults that software makes."""

import json
from base64 import b64encode
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any, Final, cast

from tests.support.results import PHONE, QUEUE, b2c_paid, confirmation, items, result

__all__ = ["SHAPES", "mutated"]

Fields = dict[str, object]

SHAPES: Final[dict[str, object]] = {
    "b2c": b2c_paid(),
    "refused": result(2001),
    "b2b": result(
        0,
        {
            "InitiatorAccountCurrentBalance": "{Amount={CurrencyCode=KES, MinimumAmount=120000, BasicAmount=1200.00}}",
            "Amount": "75.00",
            "DebitPartyAffectedAccountBalance": "Working Account|KES|1500.50|1200.00|300.50|0.00",
            "TransCompletedTime": "20261123101544",
            "DebitPartyCharges": "Disbursement of Funds Charge|KES|12.50&Charge by Receiver|KES|0.00",
            "ReceiverPartyPublicName": f"{PHONE}\u2013 Dealer",
        },
        ReferenceData={"ReferenceItem": [{"Key": "BillReferenceNumber", "Value": "INV 7"}, QUEUE]},
    ),
    "status": result(
        0,
        {
            "ReceiptNo": "UKN3F8R1TB",
            "Conversation ID": "AG_20261120_2010fff3004de5f6a7b8",
            "Amount": 250.0,
            "TransactionStatus": "Completed",
            "DebitPartyCharges": "Fee For B2C Payment|KES|22.40",
            "DebitPartyName": "600222 - Shop",
        },
    ),
    "balance": result(0, {"AccountBalance": "Working Account|KES|1|1|0|0&Utility Account|KES|-7.00|7.00|0.00|0.00"}),
    "one parameter": result(
        0, ResultParameters={"ResultParameter": {"Key": "BOCompletedTime", "Value": 20261123101544}}
    ),
    "keyed": result(0, ResultParameters={"ResultParameter": {"TransactionReceipt": "UKN7X2M4QA", "Amount": 5}}),
    "express": {"resultCode": "0", "resultDesc": "Done", "amount": "71.0", "requestId": "7d1f", "status": "SUCCESS"},
    "standing order": {
        "ResponseHeader": {"responseRefID": "4dd9-1", "responseCode": "0", "responseDescription": "Done"},
        "ResponseBody": {
            "ResponseData": [{"Name": "responseCode", "Value": "0"}, {"Name": "Msisdn", "Value": "*********317"}]
        },
    },
    "confirmation": confirmation(MSISDN=PHONE),
    "bill": {"transactionId": "UKN3F8R1TB", "paidAmount": "5000", "msisdn": PHONE, "dateCreated": "2026-11-23"},
    "pull": {"Response": [[{"transactionId": "UKN3F8R1TB", "trxDate": "2026-11-23T10:15:44Z", "amount": "168.00"}]]},
    "push": {
        "Body": {
            "stkCallback": {
                "MerchantRequestID": "1-2-3",
                "CheckoutRequestID": f"ws_CO_23112026101530{PHONE[3:]}",
                "ResultCode": 0,
                "ResultDesc": "Done",
                "CallbackMetadata": {"Item": [{"Name": "Amount", "Value": 1}, {"Name": "PhoneNumber", "Value": PHONE}]},
            }
        }
    },
    "request": {"CommandID": "BusinessPayment", "SecurityCredential": "c2VjcmV0" * 43, "PartyB": PHONE},
}

_STRANGE: Final[list[object]] = [
    *(None, True, False, 0, 1, -1, "", " ", "0", "00", "1", [], {}, [[]], [{}], {"": ""}, [None], 10**30, 1e300, -0.0),
    *(
        "null",
        "NaN",
        "\u0000",
        "\ud800",
        "254700000317",
        "a|KES|1",
        "&",
        "|",
        "x" * 300,
        "9" * 400,
        "Completed",
        "SUCCESS",
    ),
    *({"Key": "Amount", "Value": 5}, [{"Key": "Amount"}], {"ResultCode": 0}, "OAK0000000", "20261123101544"),
]


def mutated(random: Random, /) -> bytes | object:
    """Return a body of a real shape with one to four faults: as bytes, or sometimes as a mapping."""
    body = cast("object", json.loads(json.dumps(random.choice(list(SHAPES.values())))))
    for _ in range(random.randint(1, 4)):
        body = random.choice(_CHANGES)(body, random)
    if random.random() < 0.1:
        return body
    text = json.dumps(body, ensure_ascii=random.random() < 0.5)
    return random.choice(_ENCODINGS)(text, random)


def _places(body: object) -> list[tuple[Any, Any]]:  # Any: an object and a name, or a list and an index
    """List every place in the body that has a value."""
    found: list[tuple[Any, Any]] = []  # Any: as above
    pending = [body]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            fields = cast("Fields", current)
            found += [(fields, name) for name in fields]
            pending += fields.values()
        elif isinstance(current, list):
            things = cast("list[object]", current)
            found += [(things, index) for index in range(len(things))]
            pending += things
    return found


def _anywhere(change: Callable[[object, Random], object]) -> Callable[[object, Random], object]:
    """Turn a change of one value into a change of a body."""

    def apply(body: object, random: Random) -> object:
        places = _places(body)
        if not places:
            return change(body, random)
        container, place = random.choice(places)
        container[place] = change(container[place], random)
        return body

    return apply


def _without_one(body: object, random: Random) -> object:
    places = _places(body)
    if places:
        container, place = random.choice(places)
        del container[place]
    return body


def _respelt(body: object, random: Random) -> object:
    spell = random.choice([str.lower, str.upper, str.title, " ".join, "-{}".format])
    places = [(cast("Fields", each), name) for each, name in _places(body) if isinstance(name, str)]
    if places:
        fields, name = random.choice(places)
        value = fields.pop(name) if random.random() < 0.5 else fields[name]  # or both spellings
        fields[spell(name)] = value
    return body


def _as_another_form(value: object, random: Random) -> object:
    if isinstance(value, dict):
        return random.choice([[value], items(cast("Fields", value)), list(cast("Fields", value).values())])
    if isinstance(value, list):
        things = cast("list[object]", value)
        return random.choice([things * 2, things[:1], {"ResultParameter": things}, *things[:1], [things]])
    if isinstance(value, str):
        return random.choice([[value], {"Value": value}, value + " ", f" {value}", value * 3, value[:-1]])
    return random.choice([str(value), [value], {"BasicAmount": value}])


_CHANGES: Final[list[Callable[[object, Random], object]]] = [
    _anywhere(lambda _value, random: deepcopy(random.choice(_STRANGE))),
    _anywhere(lambda _value, random: deepcopy(random.choice(_STRANGE))),
    _anywhere(lambda _value, random: random.randint(-(10**20), 10**20)),
    _anywhere(_as_another_form),
    _anywhere(_as_another_form),
    _anywhere(lambda value, _random: {"Result": value}),
    _without_one,
    _without_one,
    _respelt,
    _respelt,
    lambda body, random: random.choice([[body], {"Result": body}, {"Body": body}, {"x": body}, {"Result": [body]}]),
    lambda body, _random: [body, body],
]


def _with_a_doubled_name(text: str, random: Random) -> bytes:
    end = text.rfind("}")
    name = random.choice(["ResultCode", "resultCode", "Result", "Amount", "TransID", "ResponseCode"])
    value = random.choice(["0", "1", "{}", "null"])
    return f'{text[:end]}, "{name}": {value}{text[end:]}'.encode(errors="surrogatepass")


def _with_bytes_changed(text: str, random: Random) -> bytes:
    content = bytearray(text.encode(errors="surrogatepass"))
    for _ in range(random.randint(1, 3)):
        content[random.randrange(len(content))] = random.randrange(256)
    return bytes(content)


def _as_it_is(text: str, _random: Random) -> bytes:
    return text.encode(errors="surrogatepass")


_ENCODINGS: Final[list[Callable[[str, Random], object]]] = [
    *[_as_it_is] * 6,
    lambda text, _random: text,
    lambda text, _random: text.encode("utf-16", errors="surrogatepass"),
    lambda text, _random: b64encode(text.encode(errors="surrogatepass")),
    lambda text, random: text[: random.randrange(len(text) + 1)].encode(errors="surrogatepass"),
    _with_a_doubled_name,
    _with_a_doubled_name,
    _with_bytes_changed,
    _with_bytes_changed,
]
