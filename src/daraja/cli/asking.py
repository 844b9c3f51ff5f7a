"""The commands that send one request to Daraja: ``push``, ``query``, ``status``, ``balance`` and ``register``."""

from typing import Final

import click

import daraja
from daraja.cli.output import Output, with_output
from daraja.cli.settings import Settings, with_settings
from daraja.config import Config
from daraja.stores import MemoryReceiptStore
from daraja.values.secret import mask_phone

__all__ = ["balance", "push", "query", "register", "status"]

_LONGEST_WAIT: Final = 120.0
_BETWEEN_QUERIES: Final = 15.0
"""Seconds. The sandbox answers five queries a minute."""


@click.command()
@click.argument("phone")
@click.argument("amount", type=int)
@click.option("--reference", required=True, help="The account reference that the customer sees.")
@click.option("--description", default="Payment", show_default=True)
@click.option("--wait", is_flag=True, help="Query the result for up to two minutes.")
@click.option("--yes", is_flag=True, help="Do not ask before a prompt in production.")
@with_settings
@with_output
def push(
    *,
    output: Output,
    settings: Settings,
    phone: str,
    amount: int,
    reference: str,
    description: str,
    wait: bool,
    yes: bool,
) -> int:
    """Send a payment prompt to PHONE for AMOUNT shillings.

    It tries the settings out. It stores nothing: a shop uses a checkout, which
    never prompts twice. With --wait the exit status is 1 unless it was paid.
    """
    client = settings.client()
    if client.config.environment.name == "production" and not yes:
        click.confirm(f"Ask {mask_phone(phone)} for KES {amount:,} of real money?", abort=True, err=True)
    output = Output(output.as_json, show_numbers=True)  # the person who typed the number needs the id, which holds it
    accepted = client.stk_push(phone=phone, amount=amount, reference=reference, description=description)
    if not wait:
        output.details({"outcome": "processing", "id": accepted.checkout_request_id})
        output.say(f"The prompt is on its way. Next: daraja-kit query {accepted.checkout_request_id}")
        return 0
    answer = _wait(client, accepted.checkout_request_id)
    _show(output, answer, accepted.checkout_request_id)
    return int(answer.outcome is not daraja.Outcome.PAID)


def _wait(client: "daraja.Daraja", checkout_request_id: str) -> "daraja.StkQueryResponse":
    """Query a payment until it is decided."""
    clock = client.runtime.clock
    pause = 1.0 if client.config.environment.is_local else _BETWEEN_QUERIES
    end = clock.monotonic() + _LONGEST_WAIT
    while True:
        clock.sleep(pause)
        answer = client.stk_query(checkout_request_id)
        if answer.outcome is not daraja.Outcome.PROCESSING or clock.monotonic() >= end:
            return answer


@click.command()
@click.argument("checkout_request_id")
@with_settings
@with_output
def query(*, output: Output, settings: Settings, checkout_request_id: str) -> int:
    """Ask Daraja what became of a prompt, by its CheckoutRequestID.

    It costs nothing. An id that Daraja does not know reads as processing, too.
    """
    answer = settings.client().stk_query(checkout_request_id)
    _show(Output(output.as_json, show_numbers=True), answer, checkout_request_id)
    return 0


def _show(output: Output, answer: "daraja.StkQueryResponse", checkout_request_id: str) -> None:
    known = None if answer.result_code is None else daraja.explain("stk", answer.result_code, answer.result_description)
    output.details(
        {
            "outcome": answer.outcome.value,
            "id": checkout_request_id,
            "code": answer.result_code,
            "title": "Nothing is decided yet" if known is None else known.title,
            "words": answer.result_description,
            "customer": None if known is None else known.customer_message,
            "developer": None if known is None else known.developer_hint,
            "charge_again": known is not None and known.charge_again,
        }
    )


@click.command()
@with_settings
@with_output
def register(*, output: Output, settings: Settings) -> int:
    """Register the addresses that hear of payments by hand.

    It needs MPESA_REGISTERED_SECRET. A second call is harmless. In production
    a shortcode is registered once, and only the portal can undo that.
    """
    client = settings.client()
    registered = daraja.Receipts(client, MemoryReceiptStore()).register()  # which stores nothing
    output.details({"shortcode": client.config.business.shortcode, "already": registered.already})
    if registered.already:
        output.say("Nobody can ask whose addresses these are. If no confirmation comes, delete them on the portal.")
    return 0


@click.command()
@click.argument("receipt", required=False)
@click.option("--id", "request_id", help="The OriginatorConversationID of a payout, in the place of a receipt.")
@with_settings
@with_output
def status(*, output: Output, settings: Settings, receipt: str | None, request_id: str | None) -> int:
    """Ask Daraja about a transaction, in or out, by its RECEIPT.

    It costs nothing. The answer goes to MPESA_RESULTS_URL; `daraja-kit read`
    reads it. It needs the initiator (MPESA_INITIATOR_NAME and so on).
    """
    client = settings.client()
    accepted = client.transaction_status(receipt=receipt, originator_conversation_id=request_id)
    return _accepted(output, client.config, accepted)


@click.command()
@with_settings
@with_output
def balance(*, output: Output, settings: Settings) -> int:
    """Ask Daraja for the balances of your accounts.

    It costs nothing. The answer goes to MPESA_RESULTS_URL; `daraja-kit read`
    reads it. It needs the initiator (MPESA_INITIATOR_NAME and so on).
    """
    client = settings.client()
    return _accepted(output, client.config, client.account_balance())


def _accepted(output: Output, config: Config, accepted: "daraja.Accepted") -> int:
    output.details(
        {
            "outcome": "processing",
            "conversation_id": accepted.conversation_id,
            "originator_conversation_id": accepted.originator_conversation_id,
            "description": accepted.description,
        }
    )
    output.say(f"Daraja sends the answer to {config.results_url or config.callback_url}, in a moment.")
    return 0
