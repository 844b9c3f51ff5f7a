"""Send a prompt to a phone and take the result: one whole payment, with each step printed as it happens.

``python examples/quickstart.py`` prompts a customer who pays, with a local Daraja; ``--phone 254700001032`` one who
cancels, ``254700002001`` one with a wrong PIN. ``--live --phone 07...`` does the same against Safaricom's sandbox, with
the ``MPESA_*`` variables set; a real phone is really charged there.
"""

import argparse
import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

from daraja import Config, Daraja, Environment, Outcome, PayBill, StkCallback, parse_stk_callback
from daraja.errors import CallbackMalformed, DarajaError, OutcomeUnknown, RateLimited
from daraja.simulator import SANDBOX_PASSKEY, SANDBOX_SHORTCODE, Answer, Engine, Event, EventKind, LocalDaraja

PAYS: Final = "254700000000"
SECONDS_BETWEEN_QUESTIONS: Final = 15
"""Daraja's sandbox answers five queries a minute."""
QUESTIONS: Final = 12
LARGEST_CALLBACK: Final = 64 * 1024
ACCEPTED: Final = b'{"ResultCode": 0, "ResultDesc": "Accepted"}'

Callbacks = SimpleQueue[StkCallback]


def main() -> int:
    """Run the payment of the command line; return 0 after the payment, 1 after an error."""
    options = read_options()
    logging.getLogger("daraja").addHandler(StepPrinter())
    logging.getLogger("daraja").setLevel(logging.INFO)
    try:
        with callback_receiver(options.callback_port) as (receiver, callbacks):
            if options.live:
                pay(sandbox_settings(), callbacks, options.phone, options.amount)
            else:
                engine = Engine(answer=Answer.PAY, delay=1.5, on_event=print_event)
                with LocalDaraja(engine=engine) as local:
                    say("daraja", f"a local one listens on {local.base_url}")
                    pay(local_settings(local, receiver), callbacks, options.phone or PAYS, options.amount)
    except (DarajaError, OSError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. A prompt that is on a phone stays there until it is answered.", file=sys.stderr)
        return 1
    return 0


def pay(config: Config, callbacks: Callbacks, phone: str, amount: int) -> None:
    """Send the push, wait for the callback, query Daraja as well, and print the result."""
    with Daraja(config) as daraja:
        push = daraja.stk_push(phone=phone, amount=amount, reference="ORD-2026-001", description="Laundry")
        say("shop", f"push accepted as {push.merchant_request_id}: the customer is being asked, nothing is paid yet")

        callback = wait_for_callback(daraja, callbacks, push.checkout_request_id)
        try:
            answer = daraja.stk_query(push.checkout_request_id)
            say("shop", f"the query says: {answer.outcome}, {answer.explanation.title}")
            meaning = callback.explanation if callback else answer.explanation
        except DarajaError as error:
            if callback is None:
                raise
            say("shop", f"the query failed, and the callback has said enough: {error}")
            meaning = callback.explanation

    print(f"\n{meaning.title}. {meaning.customer_message}")
    if callback and callback.outcome is Outcome.PAID:
        print(f"Receipt {callback.receipt}: KES {callback.amount}, {callback.transaction_date or 'no date given'}.")
        if callback.amount != amount:
            print(f"But KES {amount} was asked for: a person has to look at it.")
    print(f"May the customer be asked again at once? {'Yes' if meaning.charge_again else 'No'}.")


def wait_for_callback(daraja: Daraja, callbacks: Callbacks, checkout_request_id: str) -> StkCallback | None:
    """Wait for the payment's own callback, and query Daraja regularly in case it does not arrive."""
    for question in range(1, QUESTIONS + 1):
        try:
            callback = callbacks.get(timeout=SECONDS_BETWEEN_QUESTIONS)
        except Empty:
            say("shop", f"no callback yet: asking Daraja, question {question} of {QUESTIONS} (Ctrl-C stops)")
            if is_decided(daraja, checkout_request_id):
                return None
            continue
        # A callback is not signed: count it only for the payment that was asked for.
        if callback.checkout_request_id == checkout_request_id:
            say("shop", f"the callback says: {callback.outcome}, {callback.explanation.title}")
            return callback
        say("shop", "a callback for another payment came in and is not counted")
    return None


def is_decided(daraja: Daraja, checkout_request_id: str) -> bool:
    """Query Daraja; a query that fails is repeated later."""
    try:
        return daraja.stk_query(checkout_request_id).outcome is not Outcome.PROCESSING
    except (RateLimited, OutcomeUnknown) as error:
        say("shop", str(error))
        return False


@contextmanager
def callback_receiver(port: int) -> Generator[tuple[str, Callbacks]]:
    """Receive callbacks on loopback; in a shop this is a view of the web framework."""
    callbacks = Callbacks()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            body = self.rfile.read(int(length)) if length.isdecimal() and int(length) <= LARGEST_CALLBACK else b""
            try:
                callbacks.put(parse_stk_callback(body))
            except CallbackMalformed as error:
                say("shop", str(error))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(ACCEPTED)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name for it
            """Print nothing: the address of a payment is secret."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Receiver)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/callback/", callbacks
    finally:
        server.shutdown()
        server.server_close()


def local_settings(local: LocalDaraja, receiver: str) -> Config:
    """Return settings for the local Daraja, which takes any consumer key and secret."""
    return Config(
        consumer_key="any-key",
        consumer_secret="any-secret",
        business=PayBill(SANDBOX_SHORTCODE, passkey=SANDBOX_PASSKEY),
        environment=Environment(local.base_url),
        callback_url=receiver,
    )


def sandbox_settings() -> Config:
    """Return settings from the MPESA_* variables, for the sandbox only."""
    config = Config.from_env()
    if config.environment.name != "sandbox":
        message = "The quickstart asks Safaricom's sandbox only; unset MPESA_ENVIRONMENT and MPESA_BASE_URL."
        raise SystemExit(message)
    return config


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Send a prompt to a phone and take the result, step by step.")
    parser.add_argument(
        "--phone", help=f"the phone that gets the prompt (default with a local Daraja: {PAYS}, which pays)"
    )
    parser.add_argument("--amount", type=int, default=1, help="whole KES (default: %(default)s)")
    parser.add_argument("--live", action="store_true", help="ask Safaricom's sandbox; a real phone is really charged")
    parser.add_argument("--callback-port", type=int, default=0, help="where a tunnel delivers callbacks to")
    options = parser.parse_args()
    if not 0 <= options.callback_port <= 65535:  # noqa: PLR2004 - the highest port there is
        parser.error("--callback-port is a number from 0 (any free one) to 65535")
    if options.live and not options.phone:
        parser.error("--live needs --phone, the phone that gets the prompt")
    return options


class StepPrinter(logging.Handler):
    """Prints the log records of the library. They contain no secret and no whole phone number."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record."""
        say("library", record.getMessage())


def print_event(event: Event) -> None:
    """Print the events of the local Daraja, except replies to callbacks, because the shop prints those."""
    if event.kind is not EventKind.RECEIVER:
        say("daraja", f"{event.kind}: {event.text}")


def say(who: str, what: str) -> None:
    """Print one step."""
    print(f"{who:>8}  {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
