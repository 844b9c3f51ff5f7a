"""The cost of reading the result of a payout."""

import json
from functools import partial
from typing import Final

from bench.callbacks import at_once
from bench.figures import Figure, medians, ratio
from daraja import parse_result

__all__ = ["PAID", "measure"]

PAID: Final = (
    b'{"Result":{"ResultType":0,"ResultCode":0,"ResultDesc":"The service request is processed successfully.",'
    b'"OriginatorConversationID":"8c1f4d3a9b7e452ea0c6c4d1f3118265","ConversationID":"AG_20261123_2010364430d9bbdaf871",'
    b'"TransactionID":"UKN7X2M4QA","ResultParameters":{"ResultParameter":[{"Key":"TransactionAmount","Value":1500},'
    b'{"Key":"TransactionReceipt","Value":"UKN7X2M4QA"},'
    b'{"Key":"ReceiverPartyPublicName","Value":"254712345678 - WANJIKU TEST OTIENO"},'
    b'{"Key":"TransactionCompletedDateTime","Value":"23.11.2026 10:15:44"},'
    b'{"Key":"B2CUtilityAccountAvailableFunds","Value":81234.5},'
    b'{"Key":"B2CWorkingAccountAvailableFunds","Value":12000.0},{"Key":"B2CRecipientIsRegisteredCustomer","Value":"Y"},'
    b'{"Key":"B2CChargesPaidAccountAvailableFunds","Value":-340.0}]},"ReferenceData":{"ReferenceItem":'
    b'{"Key":"QueueTimeoutURL","Value":"https://internal.example/mpesa/b2cresults/v1/submit"}}}}'
)


_AT_ONCE: Final = 50


def measure(*, quick: bool) -> list[Figure]:
    """Compare reading a paid payout with decoding its JSON."""
    reading, decoding = medians(
        80 if quick else 2_000,
        at_once(partial(parse_result, "b2c", PAID), times=_AT_ONCE),
        at_once(partial(json.loads, PAID), times=_AT_ONCE),
    )
    words = f"json.loads of the same {len(PAID)} bytes"
    return [ratio("B2C result, bytes to value", reading, decoding, words, at_most=3.0)]
