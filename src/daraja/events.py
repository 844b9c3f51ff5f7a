"""The events that the library reports: to the logger ``daraja``, and to the function ``on_event`` of a client."""

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

import attrs

__all__ = ["EVENTS", "Event", "EventInfo", "Level", "event_info"]

Level: TypeAlias = Literal["info", "warning"]


@attrs.frozen
class Event:
    """Something that happened, for the log and for metrics. It has no secret and no customer's number.

    >>> event = Event("payment.moved", "info", {"key": "0f3e", "before": "initiated", "after": "success"})
    >>> str(event)
    'payment.moved key=0f3e before=initiated after=success'

    Args:
        name: A stable name; ``EVENTS`` lists them all.
        level: ``info``, or ``warning`` if a person should look at it.
        fields: The details.
    """

    name: str
    level: Level
    fields: Mapping[str, Any]  # Any: texts and numbers

    def __str__(self) -> str:
        return " ".join([self.name, *(f"{name}={value}" for name, value in self.fields.items())])


@attrs.frozen
class EventInfo:
    """The description of an event.

    Args:
        level: Its level.
        fields: The names of its fields.
        meaning: What has happened.
        what_to_do: What to do about it.
        in_log_only: Whether only the logger reports it, and ``on_event`` does not.
    """

    level: Level
    fields: tuple[str, ...]
    meaning: str
    what_to_do: str
    in_log_only: bool = False


def event_info(name: str, /) -> EventInfo | None:
    """Return the description of an event; None for an event of your own.

    >>> event_info("payment.moved").level
    'info'

    Args:
        name: The name of the event.
    """
    return EVENTS.get(name) or EVENTS.get("*." + name.partition(".")[2])


EVENTS: Final[Mapping[str, EventInfo]] = {
    "request.answered": EventInfo(
        "info",
        ("path", "status", "milliseconds"),
        "Daraja answered a request.",
        "Nothing. Count the statuses and measure the time.",
    ),
    "request.failed": EventInfo(
        "warning",
        ("path", "reason"),
        "A request got no usable answer.",
        "Nothing if it is rare. If it is frequent, look at the network and at Daraja's status page.",
    ),
    "request.waiting": EventInfo(
        "info",
        ("seconds",),
        "A request is sent again after a pause, since Daraja surely did not accept the first one.",
        "Nothing if it is rare. If it is frequent, send fewer requests a second.",
    ),
    "request.transport_failed": EventInfo(
        "warning",
        ("reason",),
        "A transport raised an error that transports must not raise.",
        "Mend the transport: it may raise only NotSent and OutcomeUnknown.",
    ),
    "token.fetched": EventInfo(
        "info", ("seconds",), "A new access token was fetched.", "Nothing. It happens about once an hour."
    ),
    "token.ended_early": EventInfo(
        "warning",
        ("hint",),
        "Daraja refused a token that was less than a minute old.",
        "Let all processes with this consumer key share one token (RedisTokens, CacheTokens).",
    ),
    "tokens.shared_cache_away": EventInfo(
        "warning",
        ("reason",),
        "The shared token cache cannot be reached; each process uses its own token.",
        "Look at Redis or memcached. Payments go on meanwhile.",
    ),
    "tokens.shared_cache_back": EventInfo("info", (), "The shared token cache can be reached again.", "Nothing."),
    "*.moved": EventInfo(
        "info",
        ("key", "event", "before", "after"),
        "The status of a record changed.",
        "Nothing. Count `after` for a graph of successes and failures.",
    ),
    "*.needs_review": EventInfo(
        "warning",
        ("key", "event", "before", "after"),
        "Two facts about a record contradict each other, such as another amount than was asked for.",
        "Look at it with `daraja-kit payment KEY`, compare the M-Pesa statement, and resolve it.",
    ),
    "*.check_failed": EventInfo(
        "warning",
        ("key", "error"),
        "Daraja could not be queried about a record.",
        "Nothing: it is queried again later. If all queries fail, run `daraja-kit doctor --live`.",
    ),
    "*.not_leased": EventInfo(
        "warning", ("key", "error"), "The store did not accept a change of a record.", "Look at the database."
    ),
    "*.notify_failed": EventInfo(
        "warning",
        ("key", "error"),
        "Your on_success raised an error. The record stays a success, and on_success is called again later.",
        "Mend your function. Until then this customer has paid and has not got the goods.",
    ),
    "*.notify_not_noted": EventInfo(
        "warning",
        ("key", "error"),
        "Your on_success was called, and the store failed to note it. It will be called again.",
        "Look at the database, and let your function do nothing the second time.",
    ),
    "*.hook_failed": EventInfo(
        "warning",
        ("key", "error", "hook"),
        "Another function of yours, such as on_refund_due, raised an error. The change is stored.",
        "Mend your function.",
    ),
    "*.nobody_to_notify": EventInfo(
        "warning",
        ("key",),
        "A success waits for its on_success, and this process has none.",
        "Give the same on_success to every process, also to the one that reconciles.",
    ),
    "*.refund_due": EventInfo(
        "warning",
        ("key", "event", "before", "after"),
        "An order was paid a second time.",
        "Give this money back, then run `daraja-kit resolve KEY --not-paid --note refunded`.",
    ),
    "*.refund_postponed": EventInfo(
        "warning",
        ("key", "error"),
        "Reconcile could not look after a refund that is due.",
        "Nothing: the next run tries again. If it stays, mend what the error names.",
    ),
    "*.refused": EventInfo(
        "warning",
        ("key", "code", "reason"),
        "Daraja refused the request. Nobody was prompted or paid.",
        "Read the reason. A wrong passkey or shortcode stops every payment: run `daraja-kit doctor --live`.",
    ),
    "*.unanswered": EventInfo(
        "warning",
        ("key", "code", "reason"),
        "The request got no usable answer. Daraja may act on it all the same.",
        "Nothing: a callback or reconcile brings the result.",
    ),
    "*.answer_not_stored": EventInfo(
        "warning",
        ("key", "merchant_request_id", "checkout_request_id", "conversation_id", "originator_conversation_id", "error"),
        "Daraja accepted the request, and the store failed to write its ids.",
        "Look at the database. The callback still finds the record.",
    ),
    "payment.slow_hook": EventInfo(
        "warning",
        ("hook", "seconds"),
        "A function of yours took more than a second. Customers and Safaricom wait for it.",
        "Do slow work, such as mail, in a queue.",
    ),
    "callback.not_stored": EventInfo(
        "warning",
        ("callback", "key", "error", "skipped"),
        "A callback could not be stored, so Safaricom got 503.",
        "Look at the database. Reconcile queries the payment.",
    ),
    "callback.refused": EventInfo(
        "warning",
        ("callback", "hint", "skipped"),
        "A callback came to an address that we did not sign, or signed for another product.",
        "Nothing if it is rare: somebody is guessing. After a change of secrets, keep the old one in "
        "MPESA_CALLBACK_SECRETS. Hand results of payouts to payouts.receive, not to checkout.receive.",
    ),
    "callback.unreadable": EventInfo(
        "warning",
        ("callback", "key", "reason", "shape", "skipped"),
        "A body is no callback that can be read. It is stored.",
        "Look at the stored body, then dismiss it.",
    ),
    "payout.balance_refused": EventInfo(
        "warning",
        ("code",),
        "M-Pesa did not answer the question about our balances.",
        "Explain the code with `daraja-kit explain balance CODE`.",
    ),
    "payout.balance_unreadable": EventInfo(
        "warning",
        ("path",),
        "The answer to the question about our balances cannot be read.",
        "Ask again. If it happens again, report it.",
    ),
    "callback.unmatched": EventInfo(
        "warning",
        ("callback", "key", "skipped"),
        "A callback belongs to no record. It is stored, and tried again.",
        "If it stays, look whose it is, then dismiss it.",
    ),
    "callback.postponed": EventInfo(
        "warning",
        ("callback", "key", "error", "skipped"),
        "A stored callback could not be applied: the store or a function of yours raised an error.",
        "Mend what the error names. Reconcile applies the callback later.",
    ),
    "callback.not_purged": EventInfo(
        "warning", ("error",), "Old unsigned callbacks could not be deleted.", "Look at the database."
    ),
    "confirmation.not_stored": EventInfo(
        "warning",
        ("callback", "key", "error", "skipped"),
        "A confirmation of C2B could not be stored, so Safaricom got 503; or it is one more copy.",
        "Look at the database. Pull and the statement still have the payment.",
    ),
    "confirmation.postponed": EventInfo(
        "warning",
        ("callback", "key", "error", "skipped"),
        "A stored confirmation could not be booked: the store or a function of yours raised an error.",
        "Mend what the error names. Reconcile books it later.",
    ),
    "confirmation.unreadable": EventInfo(
        "warning",
        ("callback", "key", "error", "skipped"),
        "A body is no confirmation that can be read. It is stored.",
        "Look at the stored body.",
    ),
    "confirmation.unsigned": EventInfo(
        "warning",
        ("callback", "skipped"),
        "A confirmation came to an address that we did not sign, or from none of your senders. It is stored as a lead.",
        "If it is Safaricom, register the addresses again: receipts.register(). Else somebody is guessing.",
    ),
    "confirmation.of_another_shortcode": EventInfo(
        "warning",
        ("callback", "key", "skipped"),
        "A confirmation is of money to another shortcode. It is stored as a lead, and nothing is booked.",
        "Look whose addresses are registered for that shortcode.",
    ),
    "validation.names_a_balance": EventInfo(
        "warning",
        ("callback", "key", "error", "skipped"),
        "A validation names a balance, as only confirmations do. It is answered, and stored as a lead.",
        "If it happens again, the two addresses are registered the wrong way round.",
    ),
    "validation.unsigned": EventInfo(
        "warning",
        ("skipped",),
        "Somebody asked at an address that we did not sign whether a payment is welcome. It was accepted.",
        "If it is Safaricom, register the addresses again: receipts.register().",
    ),
    "validation.failed": EventInfo(
        "warning",
        ("error",),
        "Your rule or the store raised an error during a validation, or took over 4 seconds. The payment was accepted.",
        "Mend your function accept, or look at the database.",
    ),
    "receipt.match_failed": EventInfo(
        "warning",
        ("key", "error"),
        "Your rule for unmatched money raised an error, or returned no order. The receipt is kept.",
        "Mend your function match. Reconcile tries again.",
    ),
    "receipts.not_pulled": EventInfo(
        "warning", ("error",), "Pull did not answer.", "Nothing: the next run asks for the same time again."
    ),
    "receipts.postponed": EventInfo(
        "warning",
        ("error",),
        "A receipt or a stored confirmation failed in a run of reconcile.",
        "Nothing: the next run tries again. If it stays, mend what the error names.",
    ),
    "store.number_erased": EventInfo(
        "info", ("records", "kept"), "The ledger erased a customer's number.", "Nothing. Keep the line as a proof."
    ),
    "store.row_unreadable": EventInfo(
        "warning",
        ("key", "reason"),
        "A stored row cannot be read: another release wrote it, or a person edited it.",
        "Run the release that wrote it, or repair the row.",
    ),
    "reconcile.nothing_open": EventInfo(
        "info", ("store", "account"), "There is nothing to look after.", "Nothing, if the store and account are right."
    ),
    "reconcile.only_other_accounts": EventInfo(
        "warning",
        ("store", "account", "open_there"),
        "The store has open records, and all belong to another shortcode or environment.",
        "Give the job that reconciles the same settings as the shop.",
    ),
    "event.hook_failed": EventInfo(
        "warning",
        ("event", "error"),
        "Your on_event raised an error. Payments go on.",
        "Mend your function. Each error is logged once.",
        in_log_only=True,
    ),
}
"""Every event by its name. ``*`` stands for the kind of record: ``payment``, ``payout`` or ``receipt``."""
