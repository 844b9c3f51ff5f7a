"""A small shop in FastAPI: goods, M-Pesa at checkout, and a page with the result.

``python examples/fastapi_checkout/app.py`` uses a local Daraja; with the ``MPESA_*`` variables set it uses
Safaricom's. ``DATABASE_URL`` names a PostgreSQL (``postgresql+psycopg://...``) to use instead of a file.
"""

import asyncio
import hmac
import logging
import os
import secrets
import socket
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import timedelta, timezone
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Final, NamedTuple
from urllib.parse import parse_qsl

NAIROBI: Final = timezone(timedelta(hours=3))
HERE: Final = Path(__file__).parent
try:
    import uvicorn
    from fastapi import APIRouter, Cookie, Depends, FastAPI, HTTPException, Request, Response
    from fastapi.responses import HTMLResponse, RedirectResponse
    from jinja2 import Template
    from sqlalchemy import Connection, Engine, create_engine, delete, func, select, update
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
    from starlette.exceptions import HTTPException as AnyHTTPException

    from daraja import Config, Environment, PayBill, Payment, Status, client_ip, mask_phone
    from daraja.aio import AsyncCheckout, AsyncDaraja
    from daraja.errors import DarajaError, DuplicatePayment, InvalidInput
    from daraja.simulator import SANDBOX_PASSKEY, SANDBOX_SHORTCODE, LocalDaraja
    from daraja.stores.sql import SqlStore
except ModuleNotFoundError as missing:
    sys.exit(f"This shop needs {missing.name}; install it with: pip install -r {HERE / 'requirements.txt'}")

THINGS: Final = {
    "tea": ("Kericho tea, 500 g", 450),
    "coffee": ("Nyeri coffee, 250 g", 800),
    "honey": ("Baringo honey, 1 kg", 1_200),
    "sticker": ("A sticker", 1),
}
"""The goods, with their prices in shillings."""

MOST_PROMPTS: Final = 30
"""The maximum number of prompts of one address within ten minutes; customers of a mobile network share addresses."""
WITHIN: Final = 600

LARGEST_BODY: Final = 64 * 1024
log: Final = logging.getLogger("shop")


class Base(DeclarativeBase):
    """The shop's own tables, in one database with the payments."""


class Order(Base):
    """An order of a buyer; the last three fields are keys of payments."""

    __tablename__ = "orders"
    id: Mapped[str] = mapped_column(primary_key=True)
    buyer: Mapped[str]
    thing: Mapped[str]
    amount: Mapped[int]
    attempt: Mapped[str] = mapped_column(default="")  # the newest
    paid_by: Mapped[str] = mapped_column(default="")
    refund_due: Mapped[str] = mapped_column(default="")  # a second payment


class Prompt(Base):
    """A request to a phone, by the address that asked for it."""

    __tablename__ = "prompts"
    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(index=True)
    at: Mapped[float]  # seconds since 1970


class View(NamedTuple):
    """The state of an order, ``pay``, ``waiting``, ``unsure`` or ``paid``, with its texts for the buyer."""

    state: str
    heading: str
    words: str


def create_app(daraja: AsyncDaraja | None = None, engine: Engine | None = None) -> FastAPI:
    """Create the shop; missing arguments come from the environment."""
    if engine is None:
        file = f"sqlite:///{HERE / 'shop.db'}"
        engine = create_engine(os.environ.get("DATABASE_URL", file), hide_parameters=True)
    store = SqlStore(engine, on_success=fulfil)
    store.create_schema()
    Base.metadata.create_all(engine)
    client = daraja or AsyncDaraja(Config.from_env())

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with client:
            app.state.checkout = AsyncCheckout(client, store)
            tidying = asyncio.create_task(look_after(app.state.checkout))
            yield
            tidying.cancel()
            with suppress(asyncio.CancelledError):
                await tidying

    app = FastAPI(
        lifespan=lifespan, openapi_url=None, redirect_slashes=False, dependencies=[Depends(refuse_other_sites)]
    )
    app.state.engine = engine
    # All processes of the shop share this secret.
    app.state.cookie_key = client.config.consumer_secret.reveal().encode()
    app.state.proxies = int(os.environ.get("PROXIES", "0"))
    app.include_router(views)
    app.add_exception_handler(AnyHTTPException, say_what_is_wrong)
    app.add_exception_handler(Exception, say_what_is_wrong)
    return app


async def look_after(checkout: AsyncCheckout, every: float = 30) -> None:
    """Reconcile regularly while the shop is open; any number of processes may do this."""
    while True:
        await asyncio.sleep(every)
        try:
            await checkout.reconcile()
        except DarajaError as error:  # the database may be back in half a minute
            log.warning("%s", error)


def fulfil(connection: Connection, payment: Payment) -> None:
    """Mark the order as paid, in the transaction that makes the payment a success; a second payment needs a refund."""
    its = Order.id == payment.metadata.get("order")
    unpaid = (Order.paid_by == "", Order.amount == payment.amount)
    paid = connection.execute(update(Order).where(its, *unpaid).values(paid_by=payment.key))
    if paid.rowcount == 0:
        connection.execute(update(Order).where(its).values(refund_due=Order.refund_due + payment.key + " "))
        words = "order %s is paid already or has another price; refund payment %s"
        log.warning(words, payment.metadata.get("order"), payment.key)


# The dependencies of a view


async def refuse_other_sites(request: Request) -> None:
    """Refuse forms from other sites; browsers also send them without the cookie."""
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
        raise HTTPException(403, "Please use the buttons on our own pages.")


async def body_of(request: Request) -> bytes:
    """Read a body unless it is too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise HTTPException(413, "That is too much to read.")
    return body


async def form_of(body: Annotated[bytes, Depends(body_of)]) -> dict[str, str]:
    """Read a form."""
    return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))


async def checkout_of(request: Request) -> AsyncCheckout:
    """Return the checkout of this shop."""
    found: AsyncCheckout = request.app.state.checkout
    return found


async def session_of(request: Request) -> Session:
    """Open the shop's own tables, in a thread."""
    return Session(request.app.state.engine, expire_on_commit=False)


def signed(buyer: str, key: bytes) -> str:
    """Return the signed cookie of a buyer."""
    return f"{buyer}.{hmac.digest(key, buyer.encode(errors='replace'), 'sha256').hex()}"


def buyer_in(cookie: str, key: bytes) -> str:
    """Return the buyer of a signed cookie, or an empty text if the signature is wrong."""
    buyer = cookie.partition(".")[0]
    return buyer if hmac.compare_digest(signed(buyer, key).encode(), cookie.encode(errors="replace")) else ""


def block_of(address: str) -> str:
    """Give the address, or for IPv6 the block of addresses that one customer of a provider has."""
    try:
        return str(ip_network(f"{address}/64", strict=False)) if ":" in address else address
    except ValueError:
        return address


async def buyer_of(request: Request, buyer: Annotated[str, Cookie()] = "") -> str:
    """Return the buyer of a request."""
    return buyer_in(buyer, request.app.state.cookie_key)


async def caller_of(request: Request) -> str:
    """Return the address of the caller."""
    hops, proxies = request.headers.getlist("X-Forwarded-For"), request.app.state.proxies
    return client_ip(request.client.host if request.client else "", hops, proxies=proxies)


def own(
    order_id: str, database: Annotated[Session, Depends(session_of)], buyer: Annotated[str, Depends(buyer_of)]
) -> Order:
    """Find an order of this buyer; for orders of others answer 404."""
    with database:
        order = database.scalar(select(Order).where(Order.id == order_id, Order.buyer == buyer))
    if order is None:
        raise HTTPException(404, "You have no such order.")
    return order


Till = Annotated[AsyncCheckout, Depends(checkout_of)]
Form = Annotated[dict[str, str], Depends(form_of)]
Own = Annotated[Order, Depends(own)]
Database = Annotated[Session, Depends(session_of)]
Buyer = Annotated[str, Depends(buyer_of)]
Caller = Annotated[str, Depends(caller_of)]

views: Final = APIRouter()


@views.get("/")
async def show_things() -> Response:
    """Show the goods."""
    return page()


@views.post("/orders")
def place_order(request: Request, form: Form, database: Database, buyer: Buyer) -> Response:
    """Store an order with the current price."""
    if form.get("thing") not in THINGS:
        raise HTTPException(404, "We do not sell that.")
    thing, amount = THINGS[form["thing"]]
    buyer = buyer or secrets.token_hex(16)
    order = Order(id=f"DL-{secrets.token_hex(4).upper()}", buyer=buyer, thing=thing, amount=amount)
    answer = back_to(order)
    with database, database.begin():
        database.add(order)
    https = request.headers.get("X-Forwarded-Proto", request.url.scheme) == "https"
    cookie = signed(buyer, request.app.state.cookie_key)
    answer.set_cookie("buyer", cookie, max_age=90 * 24 * 3600, httponly=True, samesite="lax", secure=https)
    return answer


@views.get("/orders/{order_id}")
async def show_order(order: Own, checkout: Till) -> Response:
    """Show an order: the payment form, or the status of the payment."""
    return page(order=order, view=await look(order, checkout))


@views.post("/orders/{order_id}/pay")
async def pay(order: Own, checkout: Till, form: Form, database: Database, caller: Caller) -> Response:
    """Send a prompt to the buyer's phone, unless a payment is open or done."""
    view, phone = await look(order, checkout), form.get("phone", "")
    if form.get("after") != order.attempt or view.state != "pay":
        return back_to(order)  # sent twice, or from an old page
    if not await asyncio.to_thread(count_prompt, database, caller):
        words = "Too many requests came from your address. Please try again in ten minutes."
        return page(429, order, view, phone, words)
    try:
        attempt = await checkout.start(
            phone=phone,
            amount=order.amount,
            reference=order.id,
            # The key contains the attempt before, so only one of many simultaneous forms counts.
            idempotency_key=f"{order.id} after {order.attempt}",
            metadata={"order": order.id},
        )
    except InvalidInput as wrong:
        if "phone" not in wrong.faults:
            raise
        return page(400, order, view, phone, "That is not a Safaricom number. Please write it like 0712 345 678.")
    except DarajaError as refusal:
        if refusal.payment is None:
            raise
        order = await asyncio.to_thread(note_attempt, database, order, refusal.payment.key)
        if isinstance(
            refusal, DuplicatePayment
        ):  # by another click, or by a process that crashed before it stored the attempt
            asked = await checkout.payment(refusal.payment.key)
            words = f"{mask_phone(asked.phone)} was asked to pay for this order before."
            return page(409, order, await look(order, checkout), phone, words)
    else:
        await asyncio.to_thread(note_attempt, database, order, attempt.key)
    return back_to(order)


@views.get("/orders/{order_id}/status")
async def tell_status(order: Own, checkout: Till) -> dict[str, str]:
    """Return the state of the order to its page."""
    return (await look(order, checkout))._asdict()


@views.post("/orders/{order_id}/check")
async def check_again(order: Own, checkout: Till) -> Response:
    """Query Daraja about the payment if a check is due."""
    if order.attempt:
        with suppress(DarajaError):  # Daraja was not reached; the regular run queries again
            await checkout.refresh(order.attempt, if_due=True)
    return back_to(order)


@views.post("/payments/callback/{token}/")
@views.post("/payments/callback/{token}")
async def receive_callback(
    token: str, caller: Caller, checkout: Till, body: Annotated[bytes, Depends(body_of)]
) -> Response:
    """Pass a callback to the checkout."""
    reply = await checkout.receive(body, token=token, remote_ip=caller)
    return Response(reply.body, reply.status_code, media_type=reply.content_type)


def note_attempt(database: Session, order: Order, attempt: str) -> Order:
    """Store the newest attempt of an order, unless a later one is stored; return the order."""
    unchanged = (Order.id == order.id, Order.attempt == order.attempt)
    with database, database.begin():
        database.execute(update(Order).where(*unchanged).values(attempt=attempt))
        return database.scalars(select(Order).where(Order.id == order.id)).one()


def count_prompt(database: Session, address: str) -> bool:
    """Count a prompt, unless this address has sent too many."""
    now, block = time.time(), block_of(address)
    with database, database.begin():
        database.execute(delete(Prompt).where(Prompt.at <= now - WITHIN))
        asked = database.scalar(select(func.count()).select_from(Prompt).where(Prompt.address == block)) or 0
        if asked < MOST_PROMPTS:
            database.add(Prompt(address=block, at=now))
        return asked < MOST_PROMPTS


async def say_what_is_wrong(_: Request, error: Exception) -> Response:
    """Show the error on a page of the shop."""
    if isinstance(error, AnyHTTPException):
        return page(error.status_code, notice=error.detail)
    return page(500, notice="Something went wrong here. Please try again in a minute.")


async def look(order: Order, checkout: AsyncCheckout) -> View:
    """Return the state of an order."""
    if not (order.paid_by or order.attempt):
        return View("pay", "Pay with M-Pesa", "We send a request to your phone, and you enter your PIN there.")
    payment = await checkout.payment(order.paid_by or order.attempt)
    words = payment.customer_message
    if order.paid_by:
        return View("paid", "Paid, thank you!", f"Your receipt is {payment.receipt}." if payment.receipt else words)
    if payment.status in {Status.PENDING, Status.INITIATED}:
        return View("waiting", "Look at your phone", f"{words} The request is on {mask_phone(payment.phone)}.")
    if payment.needs_attention or payment.status is Status.SUCCESS:
        return View("unsure", "We are looking into it", words)
    retry = await checkout.may_retry(payment.key)
    if retry:
        return View("pay", "Not paid", words)
    if retry.not_before and not payment.denied_once:  # its message says everything
        words += f" You can pay again at {retry.not_before.astimezone(NAIROBI):%H:%M:%S}."
    return View("unsure", "Not paid yet", words)


def back_to(order: Order) -> Response:
    """Send the browser to the order's page."""
    return RedirectResponse(f"/orders/{order.id}", 303)


def page(
    code: int = 200, order: Order | None = None, view: View | None = None, phone: str = "", notice: str = ""
) -> Response:
    """Return the page of an order, or the page of the shop."""
    nonce = secrets.token_urlsafe(16)
    html = PAGE.render(nonce=nonce, things=THINGS, order=order, view=view, phone=phone, notice=notice)
    answer = HTMLResponse(html, code)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    return answer


PAGE: Final = Template(
    """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ view.heading if view else "Duka Letu" }}</title>
<style nonce="{{ nonce }}">
  * { box-sizing: border-box; margin: 0 }
  body { max-width: 30rem; margin: auto; padding: 1rem; font: 1.0625rem/1.5 system-ui, sans-serif;
         color: #1b2a22; background: #f3f5ef }
  a { color: #0b6b34; font-weight: 700; text-decoration: none }
  h1 { font-size: 1.5rem; line-height: 1.25; margin: 1rem 0 .5rem }
  .card { padding: 1.25rem; margin-top: 1rem; border: 1px solid #dfe5dc; border-radius: .75rem; background: #fff }
  .thing { display: flex; align-items: center; justify-content: space-between; padding: .75rem 1rem }
  .order { border-top: .4rem solid #e0a100 } .paid { border-top-color: #13843f } .notice { background: #fff3d6 }
  .waiting { animation: wait 1s infinite alternate } @keyframes wait { to { border-top-color: #f8e3ac } }
  small { color: #5a6a60; display: block } b { font-size: 2rem }
  label { display: block; margin-bottom: .25rem; font-weight: 600 } .order form { margin-top: 1rem }
  input, .order button { width: 100%; padding: .75rem } .order button { margin-top: 1rem }
  input, button { font: inherit; border: 1px solid #86968b; border-radius: .5rem }
  button { padding: .6rem 1.1rem; font-weight: 600; color: #fff; background: #13743a; cursor: pointer }
  button:disabled { opacity: .5 }
</style>
<a href="/">Duka Letu</a>
{% if notice %}<p class="card notice" role="alert">{{ notice }}</p>{% endif %}
{% if order %}
<main class="card order {{ view.state }}">
  <small>{{ order.thing }} · order {{ order.id }}</small>
  <b>KES {{ "{:,}".format(order.amount) }}</b>
  <h1>{{ view.heading }}</h1>
  <p id="words" role="status">{{ view.words }}</p>
  {% if view.state == "pay" %}
  <form method="post" action="/orders/{{ order.id }}/pay">
    <input type="hidden" name="after" value="{{ order.attempt }}">
    <label for="phone">Your M-Pesa number</label>
    <input id="phone" name="phone" type="tel" placeholder="0712 345 678" required value="{{ phone }}">
    <button>Pay KES {{ "{:,}".format(order.amount) }}</button>
  </form>
  {% elif view.state != "paid" %}
  <form id="late" method="post" action="/orders/{{ order.id }}/check" {{ "hidden" if view.state == "waiting" }}>
    {% if view.state == "waiting" %}We have not heard from M-Pesa yet. Please look at your M-Pesa messages.{% endif %}
    <button>I have paid, check again</button>
  </form>
  {% endif %}
</main>
{% else %}
<h1>What would you like?</h1>
{% for key, (thing, amount) in things.items() %}
<form class="card thing" method="post" action="/orders">
  <span>{{ thing }}<small>KES {{ "{:,}".format(amount) }}</small></span>
  <button name="thing" value="{{ key }}" aria-label="Buy {{ thing }}">Buy</button>
</form>
{% endfor %}
{% endif %}
<script nonce="{{ nonce }}">
  const late = document.getElementById("late"), words = document.getElementById("words"), began = Date.now()
  const asking = late && setInterval(async () => {
    const answer = await fetch(location.pathname + "/status").catch(() => null)
    if (answer?.ok && (await answer.json()).words !== words.textContent) location.reload()
    if (Date.now() - began < 60_000) return
    clearInterval(asking)
    late.hidden = false
  }, 5_000)
  addEventListener("submit", event => setTimeout(() => { event.target.querySelector("button").disabled = true }))
</script>
""",
    autoescape=True,
)


def main() -> None:
    """Sell until Ctrl-C."""
    logging.basicConfig()
    logging.getLogger("daraja").setLevel(logging.INFO)
    port, daraja = int(os.environ.get("PORT", "8000")), None
    with suppress(KeyboardInterrupt), ExitStack() as running:
        if not any(name.startswith("MPESA_") for name in os.environ):
            local = running.enter_context(LocalDaraja(port=int(os.environ.get("DARAJA_PORT", "8765"))))
            daraja = AsyncDaraja(local_settings(local, f"http://127.0.0.1:{port}/payments/callback/"))
            print(f"The customer's phone:  {local.base_url}/")
        # Its access log would contain signed callback addresses, and `client_ip` finds the caller.
        server = uvicorn.Server(uvicorn.Config(create_app(daraja), log_level="warning", proxy_headers=False))
        listener = running.enter_context(socket.create_server(("127.0.0.1", port)))
        print(f"The shop:              http://127.0.0.1:{port}/   (Ctrl-C closes it)", flush=True)
        server.run(sockets=[listener])


def local_settings(local: LocalDaraja, callback_url: str) -> Config:
    """Return settings for the local Daraja, which takes any consumer key and secret."""
    return Config(
        consumer_key="any-key",
        consumer_secret="any-secret",
        business=PayBill(SANDBOX_SHORTCODE, passkey=SANDBOX_PASSKEY),
        environment=Environment(local.base_url),
        callback_url=callback_url,
    )


if __name__ == "__main__":
    try:
        main()
    except (DarajaError, ImportError) as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error}\nIf a port is in use, choose others with PORT and DARAJA_PORT.")
