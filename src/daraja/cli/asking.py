"""The commands that send one request to Daraja: ``push``, ``query``, ``status``, ``balance`` and ``register``."""

import json
from typing import Final, Literal, TypeAlias

import click

import daraja
from daraja.cli.output import Output, with_output
from daraja.cli.read import read_body
from daraja.cli.settings import Settings, with_settings
from daraja.config import Config
from daraja.http.messages import HttpRequest
from daraja.stores import MemoryReceiptStore
from daraja.values.secret import mask_phone

_Question: TypeAlias = Literal["status", "balance"]

_LONGEST_WAIT: Final = 120.0
_BETWEEN_QUERIES: Final = 15.0
"""Seconds. The sandbox answers five queries a minute."""
_CALLBACKS: Final = "/simulator/callbacks"
"""Where a local Daraja lists the callbacks that it has sent."""
_BETWEEN_LOOKS: Final = 0.2
_LONGEST_LOOK: Final = 10.0


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
        output.say_next("The prompt is on its way. Next:", f"query {accepted.checkout_request_id}")
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


_wait_for_answer = click.option(
    "--wait", type=click.FloatRange(0), metavar="SECONDS", help="Wait for the answer. Only a local Daraja shows it."
)


@click.command()
@with_settings
@with_output
def register(*, output: Output, settings: Settings) -> int:
    """Register your addresses for payments by hand.

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
@click.option("--id", "request_id", help="The OriginatorConversationID of a payout, instead of a receipt.")
@_wait_for_answer
@with_settings
@with_output
def status(
    *, output: Output, settings: Settings, receipt: str | None, request_id: str | None, wait: float | None
) -> int:
    """Ask Daraja about a transaction, in or out, by its RECEIPT.

    It costs nothing. Safaricom posts the answer to MPESA_RESULTS_URL, where your
    server has to store it; `daraja-kit read` reads it. It needs the initiator
    (MPESA_INITIATOR_NAME and so on).
    """
    if (receipt is None) is (request_id is None):
        raise click.UsageError("Give a receipt, or --id.")
    client = settings.client()
    _check_wait(client.config, wait)
    accepted = client.transaction_status(receipt=receipt, originator_conversation_id=request_id)
    return _accepted(output, client, accepted, "status", wait)


@click.command()
@_wait_for_answer
@with_settings
@with_output
def balance(*, output: Output, settings: Settings, wait: float | None) -> int:
    """Ask Daraja for the balances of your accounts.

    It costs nothing. Safaricom posts the answer to MPESA_RESULTS_URL, where your
    server has to store it; `daraja-kit read` reads it. It needs the initiator
    (MPESA_INITIATOR_NAME and so on).
    """
    client = settings.client()
    _check_wait(client.config, wait)
    return _accepted(output, client, client.account_balance(), "balance", wait)


def _check_wait(config: Config, wait: float | None) -> None:
    """Refuse to wait where nobody shows us the answer, before anything is asked."""
    if wait is not None and not config.environment.is_local:
        url = config.results_url or config.callback_url
        raise click.UsageError(
            f"--wait needs a local Daraja. Safaricom posts the answer to {url}, and shows it nowhere else. "
            "Store the body there, then: daraja-kit read FILE"
        )


def _accepted(
    output: Output, client: "daraja.Daraja", accepted: "daraja.Accepted", product: _Question, wait: float | None
) -> int:
    if wait is not None:
        return _show_answer(output, client, accepted, product, wait)
    output.details(
        {
            "outcome": "processing",
            "conversation_id": accepted.conversation_id,
            "originator_conversation_id": accepted.originator_conversation_id,
            "description": accepted.description,
        }
    )
    output.say(f"Daraja posts the answer to {client.config.results_url or client.config.callback_url}, in a moment.")
    return 0


def _show_answer(
    output: Output, client: "daraja.Daraja", accepted: "daraja.Accepted", product: _Question, wait: float
) -> int:
    """Read the answer from the list of callbacks that a local Daraja has sent."""
    clock = client.runtime.clock
    end = clock.monotonic() + wait
    while (body := _answer_of(client, accepted)) is None:
        if clock.monotonic() >= end:
            raise click.ClickException(f"No answer came within {wait:g} seconds. Wait longer, and ask again.")
        clock.sleep(_BETWEEN_LOOKS)
    answer = read_body(body, product)
    is_answered = answer["outcome"] == daraja.Outcome.ANSWERED.value
    known = daraja.explain(product, str(answer["code"]), str(answer["words"]))
    output.details({**answer, "developer": None if is_answered else known.developer_hint})
    return int(not is_answered)


def _answer_of(client: "daraja.Daraja", accepted: "daraja.Accepted") -> object:
    """Return the body of the answer; None if the local Daraja has not sent it yet."""
    url, wanted = client.config.environment.base_url, str(accepted.originator_conversation_id)
    request = HttpRequest("GET", url + _CALLBACKS, {}, b"", _LONGEST_LOOK)
    try:
        sent = json.loads(client.runtime.transport.send(request).body)["callbacks"]
    except (ValueError, KeyError):
        raise click.UsageError(f"{url} does not list its callbacks, as a local Daraja of this library does.") from None
    return next((one["body"] for one in sent if wanted in json.dumps(one["body"])), None)
