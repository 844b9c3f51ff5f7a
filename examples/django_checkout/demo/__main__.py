"""The shop in a minute: ``python demo`` creates a database, a customer and a local Daraja, and serves the shop.

With the ``MPESA_*`` variables (in the environment or in ``.env``) it uses Safaricom's sandbox instead; with
``DATABASE_URL`` it uses that database, and empties it. ``--check`` tries by itself what it suggests, and ends.
"""

import argparse
import logging
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
    from daraja.simulator import LocalDaraja
except ModuleNotFoundError as missing:
    sys.exit(f"This shop needs {missing.name}; install it with: pip install -r {HERE / 'requirements.txt'}")

HOST: Final = "127.0.0.1"
CAPS: Final = {
    "MPESA_PAYOUT_MAX": "5000",
    "MPESA_PAYOUT_DAILY_MAX": "20000",
    "MPESA_PAYOUT_RECIPIENT_DAILY_MAX": "5000",
}
"""The most that the demo pays out, from an account of the local Daraja that holds a million."""
WELCOME: Final = """
  The shop    {shop}/ - log in as {customer}, password {password}
  The phone   {phone}
  The admin   {shop}/admin/ - log in as {admin}, the same password
"""
TRY: Final = """
What to try, in one browser; log out before you log in as somebody else:

  1. Pay for an order in the shop, and enter the PIN on the phone.
  2. Pay for another one, but cancel it on the phone. The shop's page now leads to "Pay by hand".
  3. In the admin, as {asks}: choose riders and "Ask for today's pay".
  4. As {approves}: open a payout, press Decide and approve it. Nobody approves what they asked for.
  5. As {admin}: open the payment of an order and press Refund; {approves} approves it.
  6. On the phone's page, download the account statement. In the admin, Receipts, "Read a statement"
     shows what each of its rows belongs to.
"""
ENDS: Final = "\nMails to customers are printed here, the log is {log}. Ctrl-C ends it all.\n"


def main() -> None:
    """Serve the shop until Ctrl-C; the exit status is 1 if it cannot be served."""
    options = read_options()
    # Needed if a shell without job control has turned Ctrl-C off for background programs.
    for ends in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ends, signal.default_int_handler)
    try:
        with ExitStack() as running:
            serve(options, running)
    except KeyboardInterrupt:
        pass
    except (DarajaError, SystemCheckError) as error:
        sys.exit(str(error))


def serve(options: argparse.Namespace, running: ExitStack) -> None:
    """Open the shop and its Daraja; then buy something, or wait for customers."""
    folder = Path(running.enter_context(TemporaryDirectory())) if options.check else HERE
    os.environ.update(DEBUG="true", DJANGO_SETTINGS_MODULE="shop.settings")
    environ.Env.read_env(HERE / ".env")
    defaults = {"DATABASE_URL": f"sqlite:///{folder / 'demo.sqlite3'}", "SHOP_CONTACT": "0722 000 000"}
    os.environ.update(defaults | os.environ)
    django.setup()

    server = open_port(options.port)
    running.callback(server.server_close)
    address = f"http://{HOST}:{server.server_port}"
    local = None
    if not asks_safaricom(options):
        try:
            local = running.enter_context(LocalDaraja(port=options.daraja_port))
        except OSError as error:
            sys.exit(in_use(str(error.strerror)))
        os.environ.update(local.variables(f"{address}/api/payments/callback/") | CAPS)
    prepare()
    if local is not None:
        call_command("daraja_register", stdout=StringIO())

    server.set_app(get_wsgi_application())
    logging.getLogger("django.server").disabled = True  # it prints callback addresses, which are secret
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    running.callback(thread.join)
    running.callback(server.shutdown)
    if options.check and local is not None:
        from demo.walk import walk  # noqa: PLC0415 - models can be imported only now

        walk(address, local)
    else:
        print(welcome(address), flush=True)
        call_command("daraja_reconcile", watch=10, verbosity=0)


def open_port(port: int) -> ThreadedWSGIServer:
    """Open the port, 0 for any free one; callers wait until it is served."""
    try:
        return ThreadedWSGIServer((HOST, port), WSGIRequestHandler)
    except (OSError, OverflowError) as error:
        sys.exit(in_use(f"port {port} of {HOST} cannot be used ({error})"))


def in_use(reason: str) -> str:
    """Return the message for a port that cannot be used."""
    return f'The demo cannot start: {reason}. It takes other ports: make demo ARGS="--port 8001 --daraja-port 8766"'


def asks_safaricom(options: argparse.Namespace) -> bool:
    """Return whether an app's credentials are set; then only the sandbox or a local Daraja is allowed."""
    if not any(os.environ.get(VARIABLES[name]) for name in ("consumer_key", "consumer_secret")):
        return False
    environment = Config.from_env().environment
    if environment.name != "sandbox" and not environment.is_local:
        sys.exit("The demo asks Safaricom's sandbox only, as everybody knows its passwords; change MPESA_ENVIRONMENT.")
    if options.check:
        sys.exit("--check types the PIN on a simulated phone; unset MPESA_CONSUMER_KEY and MPESA_CONSUMER_SECRET.")
    return True


def prepare() -> None:
    """Check the settings, and create the tables and their content."""
    from demo import goods  # noqa: PLC0415 - models can be imported only now

    call_command("check", stdout=StringIO())
    call_command("migrate", verbosity=0)
    if goods.other_customers():
        sys.exit("This database has customers of its own; name another one in DATABASE_URL, which the demo may fill.")
    goods.lay_out()


def welcome(address: str) -> str:
    """Return the addresses, the logins, and what to try where phones are simulated."""
    from demo import goods  # noqa: PLC0415 - models can be imported only now

    daraja = Config.from_env().environment
    phone = f"{daraja.base_url}/ - enter the PIN there" if daraja.is_local else "your own, which really rings"
    log = os.environ.get("LOG_FILE", HERE / "debug.log")
    asks, approves = goods.STAFF
    people = {"customer": goods.CUSTOMER, "admin": goods.ADMIN, "password": goods.PASSWORD, "asks": asks}
    said = WELCOME + (TRY if daraja.is_local else "") + ENDS
    return said.format(shop=address, phone=phone, log=log, approves=approves, **people)


def read_options() -> argparse.Namespace:
    """Read the command line; a check uses free ports."""
    parser = argparse.ArgumentParser(description="Open the shop on this machine, with everything that it needs.")
    checks = "--check" in sys.argv
    for name, usual in {"--port": 8000, "--daraja-port": 8765}.items():
        parser.add_argument(name, type=int, default=0 if checks else usual, help=f"default: {usual}; 0: any free one")
    parser.add_argument("--check", action="store_true", help="try by itself what it suggests, on free ports; then end")
    return parser.parse_args()


if __name__ == "__main__":
    main()
