"""The command ``python -m daraja.simulator``: a local Daraja in a terminal."""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from queue import SimpleQueue
from typing import Final

from daraja.config.environment import is_loopback
from daraja.simulator.engine import Engine
from daraja.simulator.event_log import Event
from daraja.simulator.local import LocalDaraja
from daraja.simulator.oauth import TokenIssuer
from daraja.simulator.operators import SANDBOX_INITIATOR, SANDBOX_PASSWORD, certificate
from daraja.simulator.phones import Answer
from daraja.simulator.products.base import SANDBOX_PASSKEY, SANDBOX_SHORTCODE
from daraja.simulator.server import LOOPBACK

_BANNER: Final = """\
A local Daraja listens on {url} - no account, no network, no money. Ctrl-C ends it.

  {url}/      shows the phones: open it in a browser to enter PINs and to see every request

Set this in the shell of your shop:

{settings}

Payouts, refunds and other products also need this:

  curl -s {url}/simulator/certificate > {certificate}
{more_settings}

The phone number, or for a business the shortcode, decides the result of a request:

  2547 0000 CCCC   gets result code CCCC {delay:g} s after the request, as the shortcode 990CCCC does:
  254700000000     pays (0)
  254700000001     has not enough money (1)
  254700001032     cancels (1032)
  254700001037     is not reached (1037)
  254700002001     types a wrong PIN (2001)
  2547 0000 80NN   misbehaves as the payer of a push: python -m daraja.simulator --list says how
  2547 0000 81NN   misbehaves as the phone that a payout goes to; 82NN to 86NN for other products
  any other        {other}
"""
_RULE: Final = """\
Result codes
  25470000CCCC  gets result code CCCC: who is asked to pay, whose payment is reversed, or to whom a payout goes
  990CCCC       gets result code CCCC: the shortcode or PRN that is paid, the till that is asked to pay,
                or the shortcode whose balance is queried
"""
_PIPE_IS_CLOSED: Final = 141
"""The exit status of Unix programs whose output nobody reads any more, as in ``| head``."""
_CERTIFICATE: Final = "local-daraja.pem"
_ENVIRONMENT: Final = "MPESA_ENVIRONMENT"
_WARNING: Final = """\
Warning: everybody who can reach {host} can press every button here and read what shops send.
Use it only in a network of your own.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a local Daraja until Ctrl-C, or list its magic numbers.

    Args:
        arguments: The command line without the program's name; None for the one of this process.

    Returns:
        The exit status, 0 after Ctrl-C or the list, 2 if the port cannot be used or the settings are for production,
        141 if nobody reads its output any more.
    """
    options = _parser().parse_args(arguments)
    try:
        if options.list:
            print(_list_as_json() if options.json else _list(), flush=True)
            return 0
        return _serve(options)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it ends
        return _PIPE_IS_CLOSED


def _serve(options: argparse.Namespace) -> int:
    if os.environ.get(_ENVIRONMENT, "").strip().lower() == "production":
        print(f"{_ENVIRONMENT} is production, and no local Daraja replaces it; unset it here.", file=sys.stderr)
        return 2
    if not is_loopback(options.host):
        print(_WARNING.format(host=options.host), file=sys.stderr)
    answer = Answer(options.answer)
    events = SimpleQueue[Event]()
    engine = Engine(
        answer=answer,
        delay=options.delay,
        busy_seconds=options.busy,
        query_limit=options.queries,
        tokens=TokenIssuer(one_token=options.one_token),
        on_event=events.put,
    )
    with ExitStack() as running:
        try:
            local = running.enter_context(LocalDaraja(host=options.host, port=options.port, engine=engine))
        except OSError as error:
            print(f"The local Daraja cannot start: {error.strerror} with --port.", file=sys.stderr)
            return 2
        try:
            url = local.base_url
            print(_start_as_json(url) if options.json else _banner(url, answer, options.delay), flush=True)
            while True:
                event = events.get()
                print(_event_as_json(event) if options.json else event, flush=True)
        except KeyboardInterrupt:
            return 0


def _settings(url: str) -> Mapping[str, str]:
    """Return the variables of a shop in front of this local Daraja."""
    return {
        _ENVIRONMENT: "simulator",
        "MPESA_BASE_URL": url,
        "MPESA_CONSUMER_KEY": "any-key",
        "MPESA_CONSUMER_SECRET": "any-secret",
        "MPESA_BUSINESS_SHORTCODE": SANDBOX_SHORTCODE,
        "MPESA_PASSKEY": SANDBOX_PASSKEY,
        "MPESA_CALLBACK_URL": "http://127.0.0.1:8000/payments/callback/",
    }


def _more_settings(certificate: str) -> Mapping[str, str]:
    """Return the variables of a shop that does more than ask for payments."""
    return {
        "MPESA_INITIATOR_NAME": SANDBOX_INITIATOR,
        "MPESA_INITIATOR_PASSWORD": SANDBOX_PASSWORD,
        "MPESA_CERTIFICATE": certificate,
        "MPESA_RESULTS_URL": "http://127.0.0.1:8000/results/",
        "MPESA_PULL_NUMBER": "254722000000",
        "MPESA_REGISTERED_SECRET": "any-secret-for-years",
    }


def _exports(settings: Mapping[str, str]) -> str:
    return "\n".join(f"  export {name}={shlex.quote(value)}" for name, value in settings.items())


def _start_as_json(url: str) -> str:
    return json.dumps({"url": url, "settings": {**_settings(url), **_more_settings(certificate().decode().strip())}})


def _event_as_json(event: Event) -> str:
    return json.dumps({"number": event.number, "time": event.at.isoformat(), "kind": event.kind, "text": event.text})


def _banner(url: str, answer: Answer, delay: float) -> str:
    other = "waits 27 s, then is not reached (1037)" if answer is Answer.IGNORE else f"does this by itself: {answer}"
    return _BANNER.format(
        url=url,
        settings=_exports(_settings(url)),
        more_settings=_exports(_more_settings(_CERTIFICATE)),
        certificate=_CERTIFICATE,
        delay=delay,
        other=other,
    )


def _list() -> str:
    products = [product for product in Engine().products if product.magic_numbers]
    width = max(len(row.name) for product in products for row in product.magic_numbers)
    lines = [_RULE]
    for product in products:
        rows = (f"  {row.number:12}  {row.name:{width}}  {row.about}" for row in product.magic_numbers)
        lines += [product.title, *rows, ""]
    return "\n".join(lines[:-1])


def _list_as_json() -> str:
    rows = [(product.title, row) for product in Engine().products for row in product.magic_numbers]
    return "\n".join(
        json.dumps({"product": title, "number": row.number, "name": row.name, "about": row.about})
        for title, row in rows
    )


def _whole(lowest: int, highest: int, what: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        if text.isdecimal() and lowest <= int(text) <= highest:
            return int(text)
        message = f"{text!r} is not {what}"
        raise argparse.ArgumentTypeError(message)

    return read


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if 0 <= seconds <= 3600:  # noqa: PLR2004 - an hour; nobody waits longer
        return seconds
    message = f"{text!r} is not a time to wait; give seconds from 0 to 3600"
    raise argparse.ArgumentTypeError(message)


_PORT: Final = _whole(0, 65_535, "a port; give a number from 0 (any free one) to 65535")
_RATE: Final = _whole(1, 60_000, "a rate; give a number of queries a minute, from 1 to 60000")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m daraja.simulator", description="Serve a local Daraja, to develop and test against."
    )
    parser.add_argument("--host", default=LOOPBACK, help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=_PORT, default=8765, help="where to listen (default: %(default)s)")
    answers = [str(answer) for answer in (Answer.PAY, Answer.CANCEL, Answer.IGNORE)]
    parser.add_argument(
        "--answer",
        choices=answers,
        default="ignore",
        help="what an ordinary number does by itself (default: %(default)s)",
    )
    parser.add_argument(
        "--delay",
        type=_seconds,
        default=2.0,
        metavar="SECONDS",
        help="from a push to its result (default: %(default)s)",
    )
    parser.add_argument(
        "--busy",
        type=_seconds,
        default=60.0,
        metavar="SECONDS",
        help="for how long after a push an ordinary number accepts no other; 0: not at all (default: %(default)s)",
    )
    parser.add_argument(
        "--queries",
        type=_RATE,
        metavar="N",
        help="let only N STK queries a minute through, as the sandbox does with 5 (default: any number)",
    )
    parser.add_argument("--one-token", action="store_true", help="let a new access token end the older one")
    parser.add_argument("--list", action="store_true", help="list the numbers that misbehave, by product, and end")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object a line: the settings, then every event"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
