"""What each result code of an STK push means, whether a callback or a query brought it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from daraja.result_codes.base import Explanation, Outcome


def _row(  # noqa: PLR0917 - a row has as many cells as the table has columns
    code: str,
    outcome: Outcome,
    title: str,
    to_customer: str,
    to_merchant: str,
    to_developer: str,
    source: str,
    *,
    charge_again: bool = False,
) -> Explanation:
    return Explanation(
        code=code,
        outcome=outcome,
        title=title,
        customer_message=to_customer,
        merchant_message=to_merchant,
        developer_hint=to_developer,
        no_money_moved=charge_again,
        source=source,
    )


_STILL_PROCESSING: Final = (
    "Your payment is still being processed. "
    "To pay, answer the M-Pesa request on your phone; please do not start another payment."
)
_OUR_MISTAKE: Final = (
    "We could not take your payment because of a problem on our side. Please contact us before you try again."
)
_ACCOUNT_CANNOT_PAY: Final = (
    "Your M-Pesa account cannot make this payment at the moment. "
    "Please contact Safaricom customer care before you try again."
)
_PROMPT_TROUBLE: Final = (
    "M-Pesa had trouble sending the payment request to your phone. "
    "Please check your M-Pesa messages before you pay again."
)
_CLOSED_ON_PHONE: Final = (
    "The payment request was cancelled or closed on your phone. If you still want to pay, please try again."
)

_OBSERVED: Final = "Daraja, MpesaExpressQuery; documented and observed in production"
_ELSEWHERE: Final = "documented for another product and not for STK"

# This table does not stand on the common one: there the initiator and the receiver are at fault, here the customer.
# `charge_again` takes two things: the code is documented for STK or came in real callbacks, and no serious reading of
# it lets money have moved. A code that merely sounds like a refusal stays False: a person who looks costs minutes, a
# second charge costs trust.
_ROWS: Final = (
    _row(
        "0",
        Outcome.PAID,
        "Paid",
        "Your payment went through, thank you. There is nothing more to do.",
        "The money is in your account.",
        "The money has moved. Compare the amount and the CheckoutRequestID with what you asked for before you hand "
        "over goods. Only a callback carries the receipt; the answer to a query never does.",
        _OBSERVED,
    ),
    _row(
        "1",
        Outcome.FAILED,
        "Not enough money",
        "There is not enough money in your M-Pesa account. Please top up, then try again.",
        "The customer's balance was too low. Nothing was charged.",
        "The balance and Fuliza together did not cover the amount. Nothing was charged: offer a new push.",
        _OBSERVED,
        charge_again=True,
    ),
    _row(
        "2",
        Outcome.FAILED,
        "Amount too small",
        "This amount is smaller than M-Pesa allows. Please contact us about another way to pay.",
        "The amount is below the least that M-Pesa takes. The same request fails again.",
        "Declined by a limit rule: the amount is below the least allowed. The same push would fail again.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}, where it was reported once",
    ),
    _row(
        "3",
        Outcome.FAILED,
        "Amount too large",
        "This amount is larger than M-Pesa allows. Please contact us about another way to pay.",
        "The amount is above the most that M-Pesa moves in one payment. Split the bill or take another way.",
        "Declined by a limit rule: the amount is above the most allowed in one payment (KES 250,000 by the portal). "
        "The same push would fail again; split the bill or take a bank transfer.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}, where it was reported once",
    ),
    _row(
        "4",
        Outcome.FAILED,
        "Daily limit reached",
        "You have reached your M-Pesa limit for today. Please contact us about another way to pay.",
        "The customer has reached the limit of the day. A new request can only work on another day.",
        "The payment would take the customer over the daily transfer limit (KES 500,000 by the portal). A new push "
        "can only work on another day.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}, where it was reported once",
    ),
    _row(
        "8",
        Outcome.FAILED,
        "Balance limit reached",
        "This payment would go over a limit that M-Pesa sets. Please contact us about another way to pay.",
        "The payment goes over a balance limit, perhaps that of your own account. Look at your balance.",
        "The payment would take the receiver over the highest balance allowed (KES 500,000 for a customer's account). "
        "In a push the receiver is you: look at your own account's limit and balance.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}, where it was reported once",
    ),
    _row(
        "11",
        Outcome.FAILED,
        "Account blocked",
        _ACCOUNT_CANNOT_PAY,
        "The customer's account is blocked. Only Safaricom can open it again.",
        "The paying account is in a state that cannot pay, such as blocked. Only Safaricom (call 100 or 234) can mend "
        "it.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}",
    ),
    _row(
        "15",
        Outcome.FAILED,
        "Duplicate",
        "M-Pesa says that this payment was already requested. Please check your M-Pesa messages before you pay again.",
        "M-Pesa took this for a repetition. Look on the statement for the first request before you send a new prompt.",
        "Safaricom took it for the repetition of an earlier request, and that one may have been paid. Look for it on "
        "the statement; do not ask again.",
        f"Daraja, AccountBalance; {_ELSEWHERE}",
    ),
    _row(
        "17",
        Outcome.FAILED,
        "Refused by a rule",
        "M-Pesa refused this: the same amount was asked of you shortly before. Please check your M-Pesa messages, "
        "wait some minutes, then try again if it was not paid.",
        "The same amount was asked of the same customer shortly before. Find out what became of that request.",
        '"Rule limited": M-Pesa refused this request, as the same amount was asked of the same customer within about '
        "two minutes. This one moved no money; learn what became of the earlier one, and wait at least two minutes, "
        'before you send a new prompt. "System internal error", as it is worded elsewhere, was not seen for STK.',
        "A real callback, and seen in several public code bases; its wording is disputed",
        charge_again=True,
    ),
    _row(
        "20",
        Outcome.FAILED,
        "Merchant not set up",
        _OUR_MISTAKE,
        "Safaricom does not know your account. Ask the person who set up M-Pesa for you.",
        "Safaricom could not resolve the initiator of the request. Check shortcode and passkey, then ask Safaricom's "
        "support whether the shortcode is set up for M-Pesa Express.",
        f"Daraja, AccountBalance; {_ELSEWHERE}",
    ),
    _row(
        "21",
        Outcome.FAILED,
        "Merchant not allowed",
        _OUR_MISTAKE,
        "Your account may not make this request. Ask the person who set up M-Pesa for you.",
        "The initiator may not make this request. Ask Safaricom's support which permission the shortcode lacks.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}",
    ),
    _row(
        "26",
        Outcome.FAILED,
        "M-Pesa busy",
        "M-Pesa is very busy at the moment. Please check your M-Pesa messages before you pay again.",
        "M-Pesa was overloaded. Look on the statement before you send a new prompt.",
        "Safaricom was overloaded or blocked traffic. That does not prove that nothing was charged: query, or look at "
        "the statement, before you send a new prompt.",
        f"Daraja, AccountBalance; {_ELSEWHERE}",
    ),
    _row(
        "1001",
        Outcome.FAILED,
        "Another request is open",
        "Another M-Pesa request is open on your phone. Please answer or close it and wait a minute; if you have not "
        "paid, try again.",
        "The customer had another M-Pesa request open. Nothing was charged; wait a minute, then send a new prompt.",
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
        "The payment request expired before it was answered. Please try again, and enter your PIN soon after the "
        "request appears.",
        "The customer did not answer in time. Nothing was charged.",
        "The transaction expired unanswered, so nothing was charged. Offer a new push.",
        _OBSERVED,
        charge_again=True,
    ),
    _row(
        "1025",
        Outcome.FAILED,
        "Request not delivered",
        _PROMPT_TROUBLE,
        "M-Pesa could not send the request, and nobody knows whether it arrived. Look on the statement first.",
        "Safaricom failed while sending the prompt: usually its whole text is over about 182 characters (shorten the "
        "reference and the description), sometimes transport is to blame. Whether the prompt arrived is disputed: "
        "query before you send a new prompt.",
        "Daraja, MpesaExpressQuery; documented, but whether a new push is safe is disputed",
    ),
    _row(
        "1031",
        Outcome.CANCELLED,
        "Cancelled by the customer",
        _CLOSED_ON_PHONE,
        "The customer cancelled, or the request closed by itself. Nothing was charged.",
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
        "The customer cancelled, or the request closed by itself. Nothing was charged.",
        "The customer cancelled, or ignored the prompt until it closed. Nothing was charged: offer a new push, do not "
        "send one unasked.",
        _OBSERVED,
        charge_again=True,
    ),
    _row(
        "1036",
        Outcome.TIMEOUT,
        "Phone not reached",
        "We could not reach your phone. Please check that it is on and has network, then try again.",
        "The customer's phone was off or had no network. Nothing was charged.",
        "The message centre had no acknowledgement from the phone: off, or out of reach. Offer a new push once the "
        "customer has network.",
        "A real callback of 2019, and seen in several public code bases; not documented",
        charge_again=True,
    ),
    _row(
        "1037",
        Outcome.TIMEOUT,
        "No answer from the phone",
        "Your phone could not be reached, or the request was not answered. Please unlock your phone, check that it "
        "has network, then try again.",
        "The customer's phone was not reached, or nobody answered. Nothing was charged.",
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
        "You already have a standing order with this name. Please contact us before you try again.",
        "The customer has a standing order of this name already. Use another name.",
        "A code of M-Pesa Ratiba: the customer has a standing order of that name. Use another name.",
        "M-Pesa Ratiba; reported once",
    ),
    _row(
        "1051",
        Outcome.FAILED,
        "Standing order refused",
        _OUR_MISTAKE,
        "The request for a standing order was wrong. Ask your developer.",
        "A code of M-Pesa Ratiba: the request for a standing order was malformed. Mend its fields.",
        "M-Pesa Ratiba; reported once",
    ),
    _row(
        "1101",
        Outcome.FAILED,
        "Prompt text too long",
        _OUR_MISTAKE,
        "The text on the customer's phone would be too long. Ask your developer.",
        "The first part of the prompt is too long (over about 94 characters). Shorten the reference and the "
        "description, or ask Safaricom to shorten the name of the business.",
        "Reported once",
    ),
    _row(
        "1102",
        Outcome.FAILED,
        "Prompt text too long",
        _OUR_MISTAKE,
        "The text on the customer's phone would be too long. Ask your developer.",
        "The authorisation text of the prompt is too long (over about 93 characters). Shorten the reference and the "
        "description, or ask Safaricom to shorten the name of the business.",
        "Reported once",
    ),
    _row(
        "2001",
        Outcome.FAILED,
        "Wrong PIN",
        "The M-Pesa PIN was not correct. Please try again with the right PIN.",
        "The customer entered a wrong PIN. Nothing was charged.",
        'In STK "the initiator information is invalid" means that the customer mistyped the PIN; it was also seen '
        "once for a number not registered for M-Pesa. Nothing was charged: offer a new push. It does not speak of "
        "your credentials, as the same code does in B2C and B2B.",
        _OBSERVED,
        charge_again=True,
    ),
    _row(
        "2002",
        Outcome.FAILED,
        "Till and store do not match",
        _OUR_MISTAKE,
        "Your till and your store number do not belong together. Ask your developer to correct them.",
        'M-Pesa says "the Agent number and Store number entered do not match": the shortcode and PartyB do not belong '
        "together, which is the usual mistake with tills. Give the store number as BusinessShortCode and the till "
        "number as PartyB. The same push would fail again.",
        "Real answers to queries, and seen in many public code bases; not documented",
    ),
    _row(
        "2006",
        Outcome.FAILED,
        "Account inactive",
        _ACCOUNT_CANNOT_PAY,
        "The customer's account is not active. Only Safaricom can change that.",
        "The status of the account does not allow the payment: it is inactive. Only Safaricom can mend it.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}",
    ),
    _row(
        "2008",
        Outcome.FAILED,
        "Authentication failed",
        "M-Pesa could not confirm that it was you. Please check your M-Pesa messages before you pay again.",
        "M-Pesa could not confirm who was paying. Look on the statement before you send a new prompt.",
        "Said to mean that authentication failed; whose is not clear. Nothing proves that no money moved: query, or "
        "look at the statement, before you send a new prompt.",
        "Listed in a few public code bases, without a real payload; unsure",
    ),
    _row(
        "2026",
        Outcome.FAILED,
        "Request closed too soon",
        "M-Pesa closed the payment request too soon. Please check your M-Pesa messages before you pay again.",
        "The request ended too soon. Look on the statement before you send a new prompt.",
        "Said to mean that the session expired. Nothing proves that no money moved: query, or look at the statement, "
        "before you send a new prompt.",
        "Listed in a few public code bases, without a real payload; unsure",
    ),
    _row(
        "2028",
        Outcome.FAILED,
        "Merchant not permitted",
        _OUR_MISTAKE,
        "Your account may not receive this kind of payment. Ask Safaricom's support.",
        "The shortcode or till may not receive this kind of payment: check TransactionType, PartyB and what the "
        "shortcode is approved for. Disputed: one list reads the code as an amount over the limit.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}, where its meaning is disputed",
    ),
    _row(
        "2029",
        Outcome.FAILED,
        "Wrong kind of shortcode",
        _OUR_MISTAKE,
        "Your account was asked in the wrong way. Ask your developer.",
        "Probably a till asked as a PayBill or a PayBill as a till: check TransactionType and PartyB. The meaning is "
        "disputed.",
        "Seen in several public code bases; disputed",
    ),
    _row(
        "2040",
        Outcome.FAILED,
        "Account type not supported",
        "This payment is not possible with the M-Pesa account that was used. Please contact us before you try again.",
        "The customer's account cannot pay in this way. Ask for another way to pay.",
        "The type of customer is not supported. In B2C it says that the receiver is not registered for M-Pesa; in STK "
        "check that the customer's number is.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}",
    ),
    _row(
        "2051",
        Outcome.FAILED,
        "Number not recognised",
        "M-Pesa did not recognise the phone number. Please check the number with us before you try again.",
        "The phone number is not one that M-Pesa knows. Ask the customer for another one.",
        "The phone number is invalid for M-Pesa. Ask the customer for another one.",
        "Listed in a few public code bases, without a real payload; unsure",
    ),
    _row(
        "4999",
        Outcome.PROCESSING,
        "Still processing",
        _STILL_PROCESSING,
        "Nothing is decided yet. Wait for M-Pesa's answer.",
        "Nothing is decided yet: the prompt may still be open. Only queries say so. Query again in 15 to 20 seconds.",
        "Observed, and seen in several public code bases; not documented",
    ),
    _row(
        "8006",
        Outcome.FAILED,
        "PIN locked",
        "Your M-Pesa PIN is locked. Please contact Safaricom customer care before you try again.",
        "The customer's PIN is locked. Only Safaricom can open it again.",
        "The security credential is locked: in STK the customer's PIN, in B2C and B2B your initiator's password. A "
        "new push would fail until Safaricom has unlocked it.",
        f"Daraja, BusinessToCustomer; {_ELSEWHERE}",
    ),
    _row(
        "9999",
        Outcome.FAILED,
        "Request not delivered",
        _PROMPT_TROUBLE,
        "M-Pesa could not send the request, and nobody knows whether it arrived. Look on the statement first.",
        "Safaricom failed while sending the prompt, perhaps because its text is over about 182 characters. Disputed: "
        "older lists say that the customer cancelled. Query before you send a new prompt.",
        "Seen in several public code bases; disputed",
    ),
    _row(
        "E3008",
        Outcome.FAILED,
        "Refused for a debt",
        _ACCOUNT_CANNOT_PAY,
        "M-Pesa refuses this customer because of a debt. Ask for another way to pay.",
        'M-Pesa says "the user has a bad debt contract": the customer owes M-Pesa money, probably Fuliza. Offer '
        "another way to pay.",
        "A real answer of the sandbox in 2026, reported once; not documented",
    ),
    _row(
        "SFC_IC0003",
        Outcome.FAILED,
        "Receiver not found",
        _OUR_MISTAKE,
        "M-Pesa does not know the account that should be paid. Ask your developer to check its numbers.",
        "Safaricom knows no such receiver: the till or PartyB is wrong, or of another type than TransactionType says. "
        "A till sends its store number as BusinessShortCode and the till number as PartyB. The same push would fail "
        "again.",
        "Real callbacks of 2021, and seen in several public code bases",
    ),
    _row(
        "TP40087",
        Outcome.FAILED,
        "Wrong PIN",
        "M-Pesa may not have accepted your PIN. Please check your M-Pesa messages before you pay again.",
        "The PIN may have been wrong. Look on the statement before you send a new prompt.",
        "Probably a wrong PIN, as 2001; known only from libraries for Ethiopia's M-Pesa, so what it means in Kenya is "
        "disputed. Query before you send a new prompt.",
        "Seen in public code bases for Ethiopia; disputed",
    ),
    _row(
        "TP40153",
        Outcome.FAILED,
        "Merchant has no permission",
        _OUR_MISTAKE,
        "Safaricom refused your account. Ask the person who set up M-Pesa for you.",
        "The operator has no permission: Safaricom refused the credentials. Check the passkey and which products the "
        "app is approved for.",
        "Reported once, from production",
    ),
    _row(
        "500.001.1001",
        Outcome.PROCESSING,
        "Still processing",
        _STILL_PROCESSING,
        "Nothing is decided yet. Wait for M-Pesa's answer.",
        "An error code rather than a result. On a query it means that nothing is decided yet, and it comes even for "
        "payments that are final: query again, it never proves a failure. On the push itself it is a refusal whose "
        "text tells the reason.",
        "Seen in several public code bases as an error code; as a result code disputed",
    ),
)

STK: Final[Mapping[str, Explanation]] = MappingProxyType({row.code: row for row in _ROWS})
"""The explanation of each result code of STK push, its query and its callback."""
