"""The shop in a minute: ``python demo`` creates a database, a customer and a local Daraja, and serves the shop.

With the ``MPESA_*`` variables (in the environment or in ``.env``) it uses Safaricom's sandbox instead; with
``DATABASE_URL`` it uses that database. ``python demo --check`` buys something by itself, and ends;
``python demo --fresh`` empties the database first.
"""

import argparse
import os
import signal
import sys
from contextlib import ExitStack
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Final

HERE: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))  # `python demo` looks in the folder of this file only
try:
    import django
    import environ
    from django.core.management import call_command
    from django.core.management.base import SystemCheckError
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    from daraja import Config
    from daraja.config.checks import VARIABLES
    from daraja.errors import DarajaError
    from daraja.simulator import SANDBOX_PASSKEY, SANDBOX_SHORTCODE, LocalDaraja
except ModuleNotFoundError as missing:
    sys.exit(f"This shop needs {missing.name}; install it with: pip install -r {HERE / 'requirements.txt'}")

HOST: Final = "127.0.0.1"
WELCOME: Final = """
  The shop           {shop}/
  Log in as          {customer}, password {password}
  The admin          {shop}/admin/ - {admin}, the same password
  The phone          {phone}

Receipts are printed here, the log is {log}. Ctrl-C ends it all; --fresh starts with a new database.
"""


class CannotServe(Exception):  # noqa: N818 - says what happened
    """The shop cannot start. The error says why and what to do."""


def main() -> int:
    """Serve the shop until Ctrl-C; 0 then, 1 if it could not be served."""
    options = read_options()
    # Needed if a shell without job control has turned Ctrl-C off for background programs.
    for ends in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ends, signal.default_int_handler)
    try:
        with ExitStack() as running:
            serve(options, running)
    except KeyboardInterrupt:
        return 0
    except (CannotServe, DarajaError, SystemCheckError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def serve(options: argparse.Namespace, running: ExitStack) -> None:
    """Open the shop and its Daraja; then buy something, or wait for customers."""
    folder = Path(running.enter_context(TemporaryDirectory())) if options.check else HERE
    os.environ.update(DEBUG="true", DJANGO_SETTINGS_MODULE="shop.settings")
    environ.Env.read_env(HERE / ".env")
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder / 'demo.sqlite3'}")
    django.setup()

    server = open_port(options.port)
    running.callback(server.server_close)
    address = f"http://{HOST}:{server.server_port}"
    local = None
    if not asks_safaricom(options):
        try:
            local = running.enter_context(LocalDaraja(port=options.daraja_port))
        except OSError as error:
            raise CannotServe(in_use(str(error.strerror))) from None
        os.environ.update(variables_for(local, address))
    prepare(simulated=local is not None, fresh=options.fresh)

    server.set_app(get_wsgi_application())
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    running.callback(thread.join)
    running.callback(server.shutdown)
    if options.check and local is not None:
        buy(address, local)
    else:
        print(welcome(address), flush=True)
        call_command("daraja_reconcile", watch=10, verbosity=0)


class QuietHandler(WSGIRequestHandler):
    """Prints no addresses, because callback addresses are secret."""

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def open_port(port: int) -> ThreadedWSGIServer:
    """Open the port, 0 for any free one; callers wait until it is served."""
    try:
        return ThreadedWSGIServer((HOST, port), QuietHandler)
    except (OSError, OverflowError) as error:
        raise CannotServe(in_use(f"port {port} of {HOST} cannot be used ({error})")) from None


def in_use(reason: str) -> str:
    """Return the message for a port that cannot be used."""
    return f'The demo cannot start: {reason}. It takes other ports: make demo ARGS="--port 8001 --daraja-port 8766"'


def asks_safaricom(options: argparse.Namespace) -> bool:
    """Return whether an app's credentials are set; then only the sandbox or a local Daraja is allowed."""
    if not any(os.environ.get(VARIABLES[name]) for name in ("consumer_key", "consumer_secret")):
        return False
    environment = Config.from_env().environment
    if environment.name != "sandbox" and not environment.is_local:
        message = "The demo asks Safaricom's sandbox only, as everybody knows its passwords; change MPESA_ENVIRONMENT."
        raise CannotServe(message)
    if options.check:
        message = "--check types the PIN on a simulated phone; unset MPESA_CONSUMER_KEY and MPESA_CONSUMER_SECRET."
        raise CannotServe(message)
    return True


def variables_for(local: LocalDaraja, address: str) -> dict[str, str]:
    """Return the settings for the local Daraja, which takes any consumer key and secret."""
    return dict.fromkeys(VARIABLES.values(), "") | {
        "MPESA_ENVIRONMENT": "simulator",
        "MPESA_BASE_URL": local.base_url,
        "MPESA_CONSUMER_KEY": "any-key",
        "MPESA_CONSUMER_SECRET": "any-secret",
        "MPESA_BUSINESS_SHORTCODE": SANDBOX_SHORTCODE,
        "MPESA_PASSKEY": SANDBOX_PASSKEY,
        "MPESA_CALLBACK_URL": f"{address}/api/payments/callback/",
    }


def prepare(*, simulated: bool, fresh: bool) -> None:
    """Check the settings, and create the tables and their content; a second run changes nothing unless fresh."""
    from demo import goods  # noqa: PLC0415 - models can be imported only now

    call_command("check", stdout=StringIO())
    call_command("migrate", verbosity=0)
    if goods.other_customers():
        message = "This database has customers of its own; name another one in DATABASE_URL, which the demo may fill."
        raise CannotServe(message)
    if fresh:
        call_command("flush", interactive=False, verbosity=0)
    goods.lay_out()
    if simulated and (left := goods.forget_prompts()):
        print(f"\nPrompts that an earlier demo left open: {left}. Their phone has gone, so they count as not paid.")


def buy(address: str, local: LocalDaraja) -> None:
    """Buy something, and print each step."""
    from demo.walk import WrongAnswer, walk  # noqa: PLC0415 - as above

    print(f"The shop listens on {address}, a local Daraja on {local.base_url}.", flush=True)
    try:
        for step in walk(address, local):
            print(f"- {step}", flush=True)
    except WrongAnswer as error:
        message = f"The purchase failed: {error}."
        raise CannotServe(message) from None
    print("A purchase works from the login to the receipt.", flush=True)


def welcome(address: str) -> str:
    """Return the addresses and the login."""
    from demo import goods  # noqa: PLC0415 - as above

    daraja = Config.from_env().environment
    phone = f"{daraja.base_url}/ - type the customer's PIN there" if daraja.is_local else "your own; it is really asked"
    log = os.environ.get("LOG_FILE", HERE / "debug.log")
    people = {"customer": goods.CUSTOMER, "admin": goods.ADMIN, "password": goods.PASSWORD}
    return WELCOME.format(shop=address, phone=phone, log=log, **people)


def read_options() -> argparse.Namespace:
    """Read the command line; a check uses free ports."""
    parser = argparse.ArgumentParser(description="Open the shop on this machine, with everything that it needs.")
    checks = "--check" in sys.argv
    for name, usual in {"--port": 8000, "--daraja-port": 8765}.items():
        parser.add_argument(name, type=int, default=0 if checks else usual, help=f"default: {usual}; 0: any free one")
    parser.add_argument("--check", action="store_true", help="buy something by itself on free ports, then end")
    parser.add_argument("--fresh", action="store_true", help="start with a new database: empty the demo's own first")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
