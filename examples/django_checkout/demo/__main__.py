"""The shop in a minute: ``python demo`` creates a database, a customer and a local Daraja, and serves the shop.

With the ``MPESA_*`` variables (in the environment or in ``.env``) it uses Safaricom's sandbox instead; with
``DATABASE_URL`` it uses that database. ``python demo --check`` buys something by itself, and ends;
``python demo --fresh`` empties the database first.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

HERE: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))  # `python demo` looks in the folder of this file only
try:
    import django
    import environ
    from django.core.management import call_command
    from django.core.management.base import SystemCheckError

    from daraja import Config
    from daraja.config.checks import VARIABLES
    from daraja.errors import DarajaError
    from daraja.simulator import SANDBOX_PASSKEY, SANDBOX_SHORTCODE, LocalDaraja
except ModuleNotFoundError as missing:
    sys.exit(f"This shop needs {missing.name}; install it with: pip install -r {HERE / 'requirements.txt'}")

BETWEEN_LOOKS: Final = 10.0
WELCOME: Final = """
  The shop           {shop}/
  Log in as          {customer}, password {password}
  The admin          {shop}/admin/ - {admin}, the same password
  The phone          {phone}

Receipts are printed here, the log is {log}. Ctrl-C ends it all; --fresh starts with a new database.
"""


def main() -> int:
    """Serve the shop until Ctrl-C; 0 then, 1 if it could not be served."""
    options = read_options()
    # Needed if a shell without job control has turned Ctrl-C off for background programs.
    for ends in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ends, signal.default_int_handler)
    try:
        with shop(options) as (address, local):
            if options.check and local is not None:
                walk(address, local)
                return 0
            print(welcome(address), flush=True)
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:
        return 0
    except (CannotServe, DarajaError, SystemCheckError) as error:
        print(error, file=sys.stderr)
        return 1


class CannotServe(Exception):  # noqa: N818 - says what happened
    """The shop cannot start. The error says why and what to do."""


@contextmanager
def shop(options: argparse.Namespace) -> Generator[tuple[str, LocalDaraja | None]]:
    """Open the shop; return its address and the local Daraja, or None if it uses Safaricom's."""
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory())) if options.check else HERE
        os.environ.update(DEBUG="true", DJANGO_SETTINGS_MODULE="shop.settings")
        environ.Env.read_env(HERE / ".env")
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder / 'demo.sqlite3'}")
        django.setup()
        from demo import serving  # noqa: PLC0415 - models can be imported only now

        try:
            server = running.enter_context(serving.opened(options.port))
            address = f"http://{serving.HOST}:{server.server_port}"
            local = None if asks_safaricom(options) else running.enter_context(LocalDaraja(port=options.daraja_port))
        except OSError as error:
            others = 'make demo ARGS="--port 8001 --daraja-port 8766"'
            message = f"The demo cannot start: {error.strerror}. It takes other ports: {others}"
            raise CannotServe(message) from None
        if local is not None:
            os.environ.update(variables_for(local, address))
        prepare(simulated=local is not None, fresh=options.fresh)
        running.enter_context(serving.served(server))
        running.enter_context(serving.looked_after(BETWEEN_LOOKS))
        yield address, local


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
    from demo import goods  # noqa: PLC0415 - as above

    call_command("check", stdout=StringIO())
    call_command("migrate", verbosity=0)
    if goods.other_customers():
        message = "This database has customers of its own; name another one in DATABASE_URL, which the demo may fill."
        raise CannotServe(message)
    if fresh:
        call_command("flush", interactive=False, verbosity=0)
    goods.lay_out()
    if simulated and (forgotten := goods.forget_prompts()):
        print(
            f"\nPrompts that an earlier demo left open: {forgotten}. Their phone has gone, so they count as not paid."
        )


def walk(address: str, local: LocalDaraja) -> None:
    """Buy something, and print each step."""
    from demo.walk import WrongAnswer, buy  # noqa: PLC0415 - as above

    print(f"The shop listens on {address}, a local Daraja on {local.base_url}.", flush=True)
    try:
        buy(address, local, lambda step: print(f"- {step}", flush=True))
    except WrongAnswer as error:
        message = f"The purchase failed: {error}."
        raise CannotServe(message) from None
    print("A purchase works from the login to the receipt.", flush=True)


def welcome(address: str) -> str:
    """Print the addresses."""
    from demo import goods  # noqa: PLC0415 - as above

    daraja = Config.from_env().environment
    where = (
        f"{daraja.base_url}/ - type the customer's PIN there" if daraja.is_local else "your own, which is really asked"
    )
    return WELCOME.format(
        shop=address,
        customer=goods.CUSTOMER,
        admin=goods.ADMIN,
        password=goods.PASSWORD,
        phone=where,
        log=os.environ.get("LOG_FILE", HERE / "debug.log"),
    )


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Open the shop on this machine, with everything that it needs.")
    parser.add_argument("--port", type=port, help="where the shop listens (default: 8000)")
    parser.add_argument("--daraja-port", type=port, help="where the local Daraja listens (default: 8765)")
    parser.add_argument("--check", action="store_true", help="buy something by itself on free ports, then end")
    parser.add_argument("--fresh", action="store_true", help="start with a new database: empty the demo's own first")
    options = parser.parse_args()
    usual = (0, 0) if options.check else (8000, 8765)
    options.port = usual[0] if options.port is None else options.port
    options.daraja_port = usual[1] if options.daraja_port is None else options.daraja_port
    return options


def port(text: str) -> int:
    """Read the number of a port."""
    if text.isdecimal() and int(text) <= 65535:  # noqa: PLR2004 - the highest port there is
        return int(text)
    message = f"{text!r} is not a port; give a number from 0 (any free one) to 65535"
    raise argparse.ArgumentTypeError(message)


if __name__ == "__main__":
    sys.exit(main())
