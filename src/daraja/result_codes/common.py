"""The result codes that M-Pesa itself gives to everybody who sends money or asks about it."""

from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

import attrs

from daraja.result_codes.base import Explanation, Outcome


@attrs.frozen(kw_only=True)
class CustomerWords:
    """What a product says to its customers, two sentences each; nearly every row needs one of these four.

    Args:
        done: It is done.
        pending: It may still be done.
        unsent: It was not done, and that is proved.
        unknown: It was refused in a way that proves nothing.
    """

    done: str
    pending: str
    unsent: str
    unknown: str


class _Proof(Enum):
    """What a code says about the money of this request."""

    SAFE = auto()
    """No money moved: the request ended before there was a transaction, or M-Pesa declined it by a rule."""
    DOUBT = auto()
    """Something went wrong somewhere; nobody can tell what became of the money."""
    OPEN = auto()
    """The request, or the first copy of it, may still be carried out."""


_SAFE, _DOUBT, _OPEN = _Proof.SAFE, _Proof.DOUBT, _Proof.OPEN


@attrs.frozen
class _Row:
    code: str
    proof: _Proof
    title: str
    merchant: str
    developer: str
    source: str


_DOCUMENTED: Final = "Daraja, BusinessToCustomer; documented"
_PROVEN: Final = "Daraja, BusinessToCustomer; documented and observed in production"
_GENERIC: Final = "Daraja, AccountBalance; documented"
_NAME_ONLY: Final = "Daraja, AccountBalance; documented by its name only"
_ASK_SUPPORT: Final = "Ask Safaricom's support."
_ASK_ADMIN: Final = "Ask the administrator of your M-Pesa organisation portal."
_WAIT: Final = "Do not pay again before the statement or M-Pesa's answer shows what happened."
_NO_PROOF: Final = (
    "Nothing proves that no money moved: ask by status query or look at the statement before you pay again."
)

_ROWS: Final = (
    _Row(
        "1",
        _SAFE,
        "Not enough money",
        "The account that pays holds too little. Put money on it, then pay again.",
        "The debited account had too little money. No money moved.",
        _PROVEN,
    ),
    _Row(
        "2",
        _SAFE,
        "Amount too small",
        "The amount is below the least that M-Pesa sends.",
        "Declined by a limit rule. The same request would fail again.",
        _PROVEN,
    ),
    _Row(
        "3",
        _SAFE,
        "Amount too large",
        "The amount is above the most that M-Pesa sends in one payment. Split it or take another way.",
        "Declined by a limit rule (KES 250,000 by the portal). The same request would fail again.",
        _DOCUMENTED,
    ),
    _Row(
        "4",
        _SAFE,
        "Daily limit of the receiver",
        "The receiver has reached the limit of the day. Pay on another day, or in another way.",
        "The payment would take the receiver over the daily limit (KES 500,000 by the portal).",
        _DOCUMENTED,
    ),
    _Row(
        "8",
        _SAFE,
        "Balance limit of the receiver",
        "The receiver's account would hold too much. Pay less, later, or in another way.",
        "The payment would take the receiver over the highest balance (KES 500,000 for a customer's account).",
        _DOCUMENTED,
    ),
    _Row(
        "11",
        _SAFE,
        "Paying account not active",
        f"The account that pays is not active. {_ASK_SUPPORT}",
        "The debit party is in a state that cannot pay.",
        _DOCUMENTED,
    ),
    _Row(
        "15",
        _OPEN,
        "Duplicate of an earlier request",
        f"M-Pesa has this request already. {_WAIT}",
        "M-Pesa refuses an originator conversation id that it has seen before. Only this copy was refused; the first "
        "one lives and may be carried out. Wait for its result or ask by status query. Never pay under a new id.",
        _GENERIC,
    ),
    _Row(
        "17",
        _DOUBT,
        "Internal failure",
        f"M-Pesa had a failure of its own. {_WAIT}",
        f"A catch-all for failures inside M-Pesa; the usual answer of the sandbox to B2B. {_NO_PROOF}",
        _GENERIC,
    ),
    _Row(
        "18",
        _SAFE,
        "Password not accepted",
        f"M-Pesa did not accept the password of the API operator. {_ASK_ADMIN}",
        "The password check failed, before any transaction existed. Make a new security credential.",
        _GENERIC,
    ),
    _Row(
        "19",
        _DOUBT,
        "Messages out of sequence",
        f"M-Pesa had a failure of its own. {_WAIT}",
        f"Something about the sequence of messages. {_NO_PROOF}",
        _NAME_ONLY,
    ),
    _Row(
        "20",
        _SAFE,
        "Initiator unknown",
        f"M-Pesa does not know the API operator. {_ASK_ADMIN}",
        "M-Pesa could not find the initiator. Check its name, and that it belongs to this shortcode.",
        _GENERIC,
    ),
    _Row(
        "21",
        _SAFE,
        "Initiator not allowed",
        f"The API operator lacks the right role. {_ASK_ADMIN}",
        "The initiator may not make this request: give the operator the role of this product on the portal.",
        _PROVEN,
    ),
    _Row(
        "22",
        _SAFE,
        "Initiator not active",
        f"The API operator is not active. {_ASK_ADMIN}",
        "The initiator is not active: its password is not set yet, or somebody has suspended it.",
        _GENERIC,
    ),
    _Row(
        "24",
        _SAFE,
        "Field missing",
        "The request was incomplete. Ask your developer.",
        "A field that M-Pesa needs was missing.",
        _GENERIC,
    ),
    _Row(
        "25",
        _SAFE,
        "Field not valid",
        "A part of the request was wrong. Ask your developer.",
        'A field was not valid. "The format of parameter null is invalid" may mean an empty text: leave the key out.',
        "Daraja, AccountBalance; documented and observed in production",
    ),
    _Row(
        "26",
        _DOUBT,
        "M-Pesa busy",
        f"M-Pesa was too busy. {_WAIT}",
        f"Traffic was blocked. {_NO_PROOF}",
        _GENERIC,
    ),
    _Row(
        "29",
        _SAFE,
        "Command unknown",
        "The request was of a kind that M-Pesa does not know. Ask your developer.",
        "The CommandID is unknown.",
        _GENERIC,
    ),
    _Row(
        "2001",
        _SAFE,
        "Initiator not accepted",
        f"M-Pesa did not accept the API operator. {_ASK_ADMIN}",
        "Name, password or certificate of the initiator is wrong, or the password is over 90 days old. Production was "
        "seen to refuse single requests and take the next, so look twice before you change anything. Several wrong "
        "tries lock the operator.",
        "Daraja, BusinessToCustomer; documented, and real results",
    ),
    _Row(
        "2006",
        _SAFE,
        "Account not active",
        f"An account in this payment is not active. {_ASK_SUPPORT}",
        "The status of the account does not allow the payment.",
        _DOCUMENTED,
    ),
    _Row(
        "2028",
        _SAFE,
        "Product not assigned",
        f"Your account may not make this kind of payment. {_ASK_SUPPORT}",
        "The product is not assigned to the shortcode, or the shortcodes do not fit the CommandID.",
        "Daraja, BusinessToCustomer; documented, and a real result",
    ),
    _Row(
        "2040",
        _SAFE,
        "Receiver not registered",
        "The receiver is not registered for M-Pesa. Ask for another number.",
        "The type of customer is not supported: the receiver is not registered for M-Pesa.",
        _DOCUMENTED,
    ),
    _Row(
        "4999",
        _OPEN,
        "Still processing",
        "Nothing is decided yet. Wait for M-Pesa's answer.",
        "Nothing is decided yet; wait for the result or ask again later.",
        "Observed in queries of M-Pesa Express; not documented, and not seen here",
    ),
    _Row(
        "8006",
        _SAFE,
        "Operator locked",
        "The API operator is locked. Stop all payouts; a Business Administrator unlocks it on the organisation portal.",
        "The security credential is locked after several wrong passwords. Send nothing more before it is unlocked.",
        _DOCUMENTED,
    ),
    _Row(
        "SFC_IC0003",
        _SAFE,
        "Receiver not found",
        "M-Pesa does not know the receiver or the operator. Check the number of the receiver.",
        "The operator or the receiver does not exist: a wrong number, or a wrong identifier type (2 is a till, 4 a pay "
        "bill).",
        _PROVEN,
    ),
    _Row(
        "TP40153",
        _SAFE,
        "Operator without permission",
        f"The API operator lacks the right role. {_ASK_ADMIN}",
        "The operator has no permission for this request.",
        "Reported once, from production",
    ),
    _Row(
        "100000000",
        _OPEN,
        "Waiting to be sent again",
        f"M-Pesa keeps the request and will send it again. {_WAIT}",
        "The request is cached and waits to be sent again. It may still be executed: do not pay before its result.",
        _GENERIC,
    ),
    *(
        _Row(
            code,
            _DOUBT,
            "System trouble",
            f"M-Pesa had a failure of its own. {_WAIT}",
            f"Overload, throttling or an internal fault between Daraja and M-Pesa. {_NO_PROOF}",
            _NAME_ONLY,
        )
        for code in ("100000001", "100000002", "100000004", "100000007", "100000009", "100000011")
    ),
    _Row(
        "100000005",
        _SAFE,
        "Value not valid",
        "A part of the request was wrong. Ask your developer.",
        "A value in the request was not valid.",
        _NAME_ONLY,
    ),
    _Row(
        "100000010",
        _SAFE,
        "Permission missing",
        f"The request was not permitted. {_ASK_SUPPORT}",
        "The permission for this request is missing.",
        _NAME_ONLY,
    ),
)


def over_common(words: CustomerWords, *own: Explanation, is_question: bool = False) -> Mapping[str, Explanation]:
    """Make the table of a product: the common codes in its words, and over them its own rows.

    Args:
        words: What its customers read.
        own: The rows in which the product differs.
        is_question: Whether it only asks about other payments. A refused question proves nothing about them.
    """
    table = {row.code: row for row in (*_common(words, is_question=is_question), *own)}
    return MappingProxyType(dict(sorted(table.items(), key=_by_number)))


def row(
    code: str,
    outcome: Outcome,
    title: str,
    *,
    customer: str,
    merchant: str,
    developer: str,
    source: str,
    no_money_moved: bool = False,
) -> Explanation:
    """Make a row of a product's own."""
    return Explanation(
        code=code,
        outcome=outcome,
        title=title,
        customer_message=customer,
        merchant_message=merchant,
        developer_hint=developer,
        no_money_moved=no_money_moved,
        source=source,
    )


def _common(words: CustomerWords, *, is_question: bool) -> list[Explanation]:
    customer = {_SAFE: words.unsent, _DOUBT: words.unknown, _OPEN: words.pending}
    return [
        row(
            each.code,
            Outcome.PROCESSING if each.proof is _OPEN else Outcome.FAILED,
            each.title,
            customer=customer[each.proof],
            merchant=each.merchant,
            developer=each.developer,
            source=each.source,
            no_money_moved=each.proof is _SAFE and not is_question,
        )
        for each in _ROWS
    ]


def _by_number(item: tuple[str, Explanation]) -> tuple[bool, int, str]:
    code, _ = item
    return not code.isdecimal(), len(code), code
