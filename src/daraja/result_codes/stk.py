"""What each result code of an STK push means, whether a callback or a query brought it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from daraja.result_codes.base import Explanation, Outcome

__all__ = ["STK"]


def _row(  # noqa: PLR0913, PLR0917 - a row has as many cells as the table has columns
    code: str,
    outcome: Outcome,
    title: str,
    to_customer: tuple[str, str],
    to_developer: str,
    source: str,
    *,
    charge_again: bool = False,
) -> Explanation:
    english, swahili = to_customer
    return Explanation(
        code=code,
        outcome=outcome,
        title=title,
        customer_message=english,
        customer_message_sw=swahili,
        developer_hint=to_developer,
        charge_again=charge_again,
        source=source,
    )


def _say(english: str, swahili: str, what_next: tuple[str, str]) -> tuple[str, str]:
    return f"{english} {what_next[0]}", f"{swahili} {what_next[1]}"


_CHECK_MESSAGES: Final = (
    "Please check your M-Pesa messages before you pay again.",
    "Tafadhali angalia jumbe zako za M-Pesa kabla ya kulipa tena.",
)
_CONTACT_US: Final = (
    "Please contact us before you try again.",
    "Tafadhali wasiliana nasi kabla ya kujaribu tena.",
)
_CONTACT_SAFARICOM: Final = (
    "Please contact Safaricom customer care before you try again.",
    "Tafadhali wasiliana na huduma kwa wateja ya Safaricom kabla ya kujaribu tena.",
)
_ANOTHER_WAY: Final = (
    "Please contact us about another way to pay.",
    "Tafadhali wasiliana nasi kuhusu njia nyingine ya kulipa.",
)
_IF_YOU_STILL_WANT: Final = (
    "If you still want to pay, please try again.",
    "Ikiwa bado ungependa kulipa, tafadhali jaribu tena.",
)

_STILL_PROCESSING: Final = _say(
    "Your payment is still being processed.",
    "Malipo yako bado yanashughulikiwa.",
    (
        "To pay, answer the M-Pesa request on your phone; please do not start another payment.",
        "Ili kulipa, jibu ombi la M-Pesa kwenye simu yako; tafadhali usianzishe malipo mengine.",
    ),
)
_OUR_MISTAKE: Final = _say(
    "We could not take your payment because of a problem on our side.",
    "Hatukuweza kupokea malipo yako kwa sababu ya hitilafu upande wetu.",
    _CONTACT_US,
)
_ACCOUNT_CANNOT_PAY: Final = _say(
    "Your M-Pesa account cannot make this payment at the moment.",
    "Akaunti yako ya M-Pesa haiwezi kufanya malipo haya kwa sasa.",
    _CONTACT_SAFARICOM,
)
_PROMPT_TROUBLE: Final = _say(
    "M-Pesa had trouble sending the payment request to your phone.",
    "M-Pesa ilipata shida kutuma ombi la malipo kwenye simu yako.",
    _CHECK_MESSAGES,
)
_CLOSED_ON_PHONE: Final = _say(
    "The payment request was cancelled or closed on your phone.",
    "Ombi la malipo lilighairiwa au kufungwa kwenye simu yako.",
    _IF_YOU_STILL_WANT,
)

_OBSERVED: Final = "Daraja, MpesaExpressQuery; documented and observed in production"
_ELSEWHERE: Final = "documented for another product and not for STK"

# `charge_again` takes two things: the code is documented for STK or came in real callbacks, and no serious reading of
# it lets money have moved. A code that merely sounds like a refusal stays False: a person who looks costs minutes, a
# second charge costs trust.
_ROWS: Final = (
    _row(
        "0",
        Outcome.PAID,
        "Paid",
        _say(
            "Your payment went through, thank you.",
            "Malipo yako yamefanikiwa, asante.",
            ("There is nothing more to do.", "Huhitaji kufanya kitu kingine."),
        ),
        "The money has moved. Compare the amount and the CheckoutRequestID with what you asked for before you hand "
        "over goods. Only a callback carries the receipt; the answer to a query never does.",
        _OBSERVED,
    ),
    _row(
        "1",
        Outcome.FAILED,
        "Not enough money",
        _say(
            "There is not enough money in your M-Pesa account.",
            "Pesa katika akaunti yako ya M-Pesa hazitoshi.",
            ("Please top up, then try again.", "Tafadhali ongeza pesa, kisha ujaribu tena."),
        ),
        "The balance and Fuliza together did not cover the amount. Nothing was charged: offer a new push.",
        _OBSERVED,
        charge_again=True,
    ),
    _row(
        "2",
        Outcome.FAILED,
        "Amount too small",
        _say(
            "This amount is smaller than M-Pesa allows.",
            "Kiasi hiki ni kidogo kuliko kinachoruhusiwa na M-Pesa.",
            _ANOTHER_WAY,
        ),
        "Declined by a limit rule: the amount is below the least allowed. The same push would fail again.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}, where it was reported once",
    ),
    _row(
        "3",
        Outcome.FAILED,
        "Amount too large",
        _say(
            "This amount is larger than M-Pesa allows.",
            "Kiasi hiki ni kikubwa kuliko kinachoruhusiwa na M-Pesa.",
            _ANOTHER_WAY,
        ),
        "Declined by a limit rule: the amount is above the most allowed in one payment (KES 250,000 by the portal). "
        "The same push would fail again; split the bill or take a bank transfer.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}, where it was reported once",
    ),
    _row(
        "4",
        Outcome.FAILED,
        "Daily limit reached",
        _say(
            "You have reached your M-Pesa limit for today.",
            "Umefikia kikomo chako cha M-Pesa cha leo.",
            _ANOTHER_WAY,
        ),
        "The payment would take the customer over the daily transfer limit (KES 500,000 by the portal). "
        "A new push can only work on another day.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}, where it was reported once",
    ),
    _row(
        "8",
        Outcome.FAILED,
        "Balance limit reached",
        _say(
            "This payment would go over a limit that M-Pesa sets.",
            "Malipo haya yangezidi kikomo kilichowekwa na M-Pesa.",
            _ANOTHER_WAY,
        ),
        "The payment would take the receiver over the highest balance allowed (KES 500,000 for a customer's account). "
        "In a push the receiver is you: look at your own account's limit and balance.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}, where it was reported once",
    ),
    _row(
        "11",
        Outcome.FAILED,
        "Account blocked",
        _ACCOUNT_CANNOT_PAY,
        "The paying account is in a state that cannot pay, such as blocked. Only Safaricom (call 100 or 234) can "
        "mend it.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}",
    ),
    _row(
        "15",
        Outcome.FAILED,
        "Duplicate",
        _say(
            "M-Pesa says that this payment was already requested.",
            "M-Pesa inasema kwamba malipo haya tayari yaliombwa.",
            _CHECK_MESSAGES,
        ),
        "Safaricom took it for the repetition of an earlier request, and that one may have been paid. Look for it on "
        "the statement; do not ask again.",
        f"Daraja, AccountBalance; {_ELSEWHERE}",
    ),
    _row(
        "17",
        Outcome.FAILED,
        "Refused by a rule",
        _say(
            "M-Pesa refused this: the same amount was asked of you shortly before.",
            "M-Pesa imekataa malipo haya: kiasi hicho hicho kiliombwa muda mfupi uliopita.",
            (
                "Please check your M-Pesa messages, wait some minutes, then try again if it was not paid.",
                "Tafadhali angalia jumbe zako za M-Pesa, subiri kidogo, kisha ujaribu tena ikiwa hukulipa.",
            ),
        ),
        '"Rule limited": M-Pesa refused this request, as the same amount was asked of the same customer within about '
        "two minutes. This one moved no money; learn what became of the earlier one, and wait at least two minutes, "
        'before you ask again. "System internal error", as it is worded elsewhere, was not seen for STK.',
        "A real callback, and seen in several public code bases; its wording is disputed",
        charge_again=True,
    ),
    _row(
        "20",
        Outcome.FAILED,
        "Merchant not set up",
        _OUR_MISTAKE,
        "Safaricom could not resolve the initiator of the request. Check shortcode and passkey, then ask Safaricom's "
        "support whether the shortcode is set up for M-Pesa Express.",
        f"Daraja, AccountBalance; {_ELSEWHERE}",
    ),
    _row(
        "21",
        Outcome.FAILED,
        "Merchant not allowed",
        _OUR_MISTAKE,
        "The initiator may not make this request. Ask Safaricom's support which permission the shortcode lacks.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}",
    ),
    _row(
        "26",
        Outcome.FAILED,
        "M-Pesa busy",
        _say(
            "M-Pesa is very busy at the moment.",
            "M-Pesa ina shughuli nyingi kwa sasa.",
            _CHECK_MESSAGES,
        ),
        "Safaricom was overloaded or blocked traffic. That does not prove that nothing was charged: query, or look at "
        "the statement, before you ask again.",
        f"Daraja, AccountBalance; {_ELSEWHERE}",
    ),
    _row(
        "1001",
        Outcome.FAILED,
        "Another request is open",
        _say(
            "Another M-Pesa request is open on your phone.",
            "Kuna ombi lingine la M-Pesa lililo wazi kwenye simu yako.",
            (
                "Please answer or close it and wait a minute; if you have not paid, try again.",
                "Tafadhali lijibu au ulifunge, kisha usubiri dakika moja; ikiwa hujalipa, jaribu tena.",
            ),
        ),
        "Safaricom could not lock the subscriber: another M-Pesa session was open on that phone, and this request was "
        "refused. Wait 60 seconds before a new push. If the other session may be a push of yours for the same order, "
        "learn its outcome first.",
        "Daraja, MpesaExpressSimulate; documented, and seen in several public code bases",
        charge_again=True,
    ),
    _row(
        "1019",
        Outcome.TIMEOUT,
        "Request expired",
        _say(
            "The payment request expired before it was answered.",
            "Muda wa ombi la malipo uliisha kabla ya kujibiwa.",
            (
                "Please try again, and enter your PIN soon after the request appears.",
                "Tafadhali jaribu tena, na uweke PIN yako mara ombi linapotokea.",
            ),
        ),
        "The transaction expired unanswered, so nothing was charged. Offer a new push.",
        _OBSERVED,
        charge_again=True,
    ),
    _row(
        "1025",
        Outcome.FAILED,
        "Request not delivered",
        _PROMPT_TROUBLE,
        "Safaricom failed while sending the prompt: usually its whole text is over about 182 characters (shorten the "
        "reference and the description), sometimes transport is to blame. Whether the prompt arrived is disputed: "
        "query before you ask again.",
        "Daraja, MpesaExpressQuery; documented, but whether a new push is safe is disputed",
    ),
    _row(
        "1031",
        Outcome.CANCELLED,
        "Cancelled by the customer",
        _CLOSED_ON_PHONE,
        "An older code for a prompt that the customer cancelled; one text of Safaricom's says that the prompt timed "
        "out. Nobody paid in either case: offer a new push, do not send one unasked.",
        "Real callbacks of 2021, and seen in several public code bases; which of the two it means is disputed",
        charge_again=True,
    ),
    _row(
        "1032",
        Outcome.CANCELLED,
        "Cancelled by the customer",
        _CLOSED_ON_PHONE,
        "The customer cancelled, or ignored the prompt until it closed. Nothing was charged: offer a new push, do not "
        "send one unasked.",
        _OBSERVED,
        charge_again=True,
    ),
    _row(
        "1036",
        Outcome.TIMEOUT,
        "Phone not reached",
        _say(
            "We could not reach your phone.",
            "Hatukuweza kuifikia simu yako.",
            (
                "Please check that it is on and has network, then try again.",
                "Tafadhali hakikisha imewashwa na ina mtandao, kisha ujaribu tena.",
            ),
        ),
        "The message centre had no acknowledgement from the phone: off, or out of reach. Offer a new push once the "
        "customer has network.",
        "A real callback of 2019, and seen in several public code bases; not documented",
        charge_again=True,
    ),
    _row(
        "1037",
        Outcome.TIMEOUT,
        "No answer from the phone",
        _say(
            "Your phone could not be reached, or the request was not answered.",
            "Simu yako haikupatikana, au ombi halikujibiwa.",
            (
                "Please unlock your phone, check that it has network, then try again.",
                "Tafadhali fungua simu yako, hakikisha ina mtandao, kisha ujaribu tena.",
            ),
        ),
        "The phone was off, the prompt was ignored, or the SIM menu is old (the customer dials *234# to update it). "
        "The words differ between callback and query, so go by the code; but if they say that the payment is still "
        "under processing (reported once, doubtful), query again before a new push.",
        _OBSERVED,
        charge_again=True,
    ),
    _row(
        "1050",
        Outcome.FAILED,
        "Standing order exists",
        _say(
            "You already have a standing order with this name.",
            "Tayari una mpango wa malipo ya mara kwa mara wenye jina hili.",
            _CONTACT_US,
        ),
        "A code of M-Pesa Ratiba: the customer has a standing order of that name. Use another name.",
        "M-Pesa Ratiba; reported once",
    ),
    _row(
        "1051",
        Outcome.FAILED,
        "Standing order refused",
        _OUR_MISTAKE,
        "A code of M-Pesa Ratiba: the request for a standing order was malformed. Mend its fields.",
        "M-Pesa Ratiba; reported once",
    ),
    _row(
        "1101",
        Outcome.FAILED,
        "Prompt text too long",
        _OUR_MISTAKE,
        "The first part of the prompt is too long (over about 94 characters). Shorten the reference and the "
        "description, or ask Safaricom to shorten the name of the business.",
        "Reported once",
    ),
    _row(
        "1102",
        Outcome.FAILED,
        "Prompt text too long",
        _OUR_MISTAKE,
        "The authorisation text of the prompt is too long (over about 93 characters). Shorten the reference and the "
        "description, or ask Safaricom to shorten the name of the business.",
        "Reported once",
    ),
    _row(
        "2001",
        Outcome.FAILED,
        "Wrong PIN",
        _say(
            "The M-Pesa PIN was not correct.",
            "PIN ya M-Pesa haikuwa sahihi.",
            ("Please try again with the right PIN.", "Tafadhali jaribu tena kwa PIN sahihi."),
        ),
        'In STK "the initiator information is invalid" means that the customer mistyped the PIN; it was also seen once '
        "for a number not registered for M-Pesa. Nothing was charged: offer a new push. It does not speak of your "
        "credentials, as the same code does in B2C and B2B.",
        _OBSERVED,
        charge_again=True,
    ),
    _row(
        "2006",
        Outcome.FAILED,
        "Account inactive",
        _ACCOUNT_CANNOT_PAY,
        "The status of the account does not allow the payment: it is inactive. Only Safaricom can mend it.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}",
    ),
    _row(
        "2008",
        Outcome.FAILED,
        "Authentication failed",
        _say(
            "M-Pesa could not confirm that it was you.",
            "M-Pesa haikuweza kuthibitisha kuwa ni wewe.",
            _CHECK_MESSAGES,
        ),
        "Said to mean that authentication failed; whose is not clear. Nothing proves that no money moved: query, or "
        "look at the statement, before you ask again.",
        "Listed in a few public code bases, without a real payload; unsure",
    ),
    _row(
        "2026",
        Outcome.FAILED,
        "Request closed too soon",
        _say(
            "M-Pesa closed the payment request too soon.",
            "M-Pesa ilifunga ombi la malipo mapema mno.",
            _CHECK_MESSAGES,
        ),
        "Said to mean that the session expired. Nothing proves that no money moved: query, or look at the statement, "
        "before you ask again.",
        "Listed in a few public code bases, without a real payload; unsure",
    ),
    _row(
        "2028",
        Outcome.FAILED,
        "Merchant not permitted",
        _OUR_MISTAKE,
        "The shortcode or till may not receive this kind of payment: check TransactionType, PartyB and what the "
        "shortcode is approved for. Disputed: one list reads the code as an amount over the limit.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}, where its meaning is disputed",
    ),
    _row(
        "2029",
        Outcome.FAILED,
        "Wrong kind of shortcode",
        _OUR_MISTAKE,
        "Probably a till asked as a PayBill or a PayBill as a till: check TransactionType and PartyB. The meaning is "
        "disputed.",
        "Seen in several public code bases; disputed",
    ),
    _row(
        "2040",
        Outcome.FAILED,
        "Account type not supported",
        _say(
            "This payment is not possible with the M-Pesa account that was used.",
            "Malipo haya hayawezekani kwa akaunti ya M-Pesa iliyotumika.",
            _CONTACT_US,
        ),
        "The type of customer is not supported. In B2C it says that the receiver is not registered for M-Pesa; in STK "
        "check that the customer's number is.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}",
    ),
    _row(
        "2051",
        Outcome.FAILED,
        "Number not recognised",
        _say(
            "M-Pesa did not recognise the phone number.",
            "M-Pesa haikutambua nambari ya simu.",
            (
                "Please check the number with us before you try again.",
                "Tafadhali hakikisha nambari hiyo pamoja nasi kabla ya kujaribu tena.",
            ),
        ),
        "The phone number is invalid for M-Pesa. Ask the customer for another one.",
        "Listed in a few public code bases, without a real payload; unsure",
    ),
    _row(
        "4999",
        Outcome.PROCESSING,
        "Still processing",
        _STILL_PROCESSING,
        "Nothing is decided yet: the prompt may still be open. Only queries say so. Query again in 15 to 20 seconds.",
        "Observed, and seen in several public code bases; not documented",
    ),
    _row(
        "8006",
        Outcome.FAILED,
        "PIN locked",
        _say(
            "Your M-Pesa PIN is locked.",
            "PIN yako ya M-Pesa imefungwa.",
            _CONTACT_SAFARICOM,
        ),
        "The security credential is locked: in STK the customer's PIN, in B2C and B2B your initiator's password. "
        "A new push would fail until Safaricom has unlocked it.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}",
    ),
    _row(
        "9999",
        Outcome.FAILED,
        "Request not delivered",
        _PROMPT_TROUBLE,
        "Safaricom failed while sending the prompt, perhaps because its text is over about 182 characters. Disputed: "
        "older lists say that the customer cancelled. Query before you ask again.",
        "Seen in several public code bases; disputed",
    ),
    _row(
        "SFC_IC0003",
        Outcome.FAILED,
        "Receiver not found",
        _OUR_MISTAKE,
        "Safaricom knows no such receiver: the till or PartyB is wrong, or of another type than TransactionType says. "
        "A till sends its store number as BusinessShortCode and the till number as PartyB. The same push would fail "
        "again.",
        "Real callbacks of 2021, and seen in several public code bases",
    ),
    _row(
        "TP40087",
        Outcome.FAILED,
        "Wrong PIN",
        _say(
            "M-Pesa may not have accepted your PIN.",
            "Huenda M-Pesa haikukubali PIN yako.",
            _CHECK_MESSAGES,
        ),
        "Probably a wrong PIN, as 2001; known only from libraries for Ethiopia's M-Pesa, so what it means in Kenya is "
        "disputed. Query before you ask again.",
        "Seen in public code bases for Ethiopia; disputed",
    ),
    _row(
        "TP40153",
        Outcome.FAILED,
        "Merchant has no permission",
        _OUR_MISTAKE,
        "The operator has no permission: Safaricom refused the credentials. Check the passkey and which products the "
        "app is approved for.",
        "Reported once, from production",
    ),
    _row(
        "500.001.1001",
        Outcome.PROCESSING,
        "Still processing",
        _STILL_PROCESSING,
        "An error code rather than a result. On a query it means that nothing is decided yet, and it comes even for "
        "payments that are final: query again, it never proves a failure. On the push itself it is a refusal whose "
        "text tells the reason.",
        "Seen in several public code bases as an error code; as a result code disputed",
    ),
)

STK: Final[Mapping[str, Explanation]] = MappingProxyType({row.code: row for row in _ROWS})
"""The explanation of each result code of STK push, its query and its callback."""
