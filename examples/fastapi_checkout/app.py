"""A small shop in FastAPI: goods, M-Pesa at checkout, and the result. See README.md."""

import asyncio
import os
import secrets
import time
from base64 import b32encode, b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qsl

import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Template
from sqlalchemy import Column, Connection, Engine, Float, MetaData, String, Table, create_engine, func, select
from starlette.middleware.sessions import SessionMiddleware

from daraja import AsyncCheckout, AsyncDaraja, AsyncReceipts, Config, Order, Payment, Receipt, client_network
from daraja.errors import AttemptOpen, DarajaError, InvalidInput, TooEarly
from daraja.simulator import LocalDaraja
from daraja.stores.sql import SqlReceiptStore, SqlStore

THINGS: Final = {"tea": ("Kericho tea, 500 g", 450), "honey": ("Baringo honey, 1 kg", 1_200), "pin": ("A pin", 1)}
MOST_PROMPTS, WITHIN, LARGEST_BODY = 30, 600, 65_536  # prompts of one address, which many may share; seconds; bytes
tables: Final = MetaData()  # the shop's own, in one database with the payments
parcels: Final = Table("parcels", tables, Column("order", String, primary_key=True), Column("thing", String))
prompts: Final = Table("prompts", tables, Column("address", String, index=True), Column("at", Float))


def fulfil(connection: Connection, payment: Payment) -> None:
    """Pack the parcel of an order once: in the transaction that makes a payment a success, or after one by hand."""
    if connection.scalar(select(parcels.c.order).where(parcels.c.order == payment.order)) is None:
        connection.execute(parcels.insert().values(order=payment.order, thing=payment.metadata["thing"]))


def count_prompt(engine: Engine, address: str) -> bool:
    """Count a prompt, unless this address has sent too many."""
    network = client_network(address)
    with engine.begin() as connection:
        connection.execute(prompts.delete().where(prompts.c.at <= time.time() - WITHIN))
        asked = connection.scalar(select(func.count()).where(prompts.c.address == network)) or 0
        if asked < MOST_PROMPTS:
            connection.execute(prompts.insert().values(address=network, at=time.time()))
        return asked < MOST_PROMPTS


async def look_after(*books: AsyncCheckout | AsyncReceipts, every: float = 30) -> None:
    """Reconcile regularly while the shop is open; any number of processes may do this."""
    while True:
        await asyncio.sleep(every)
        for each in books:
            with suppress(DarajaError):  # the database may be back in half a minute
                await each.reconcile()


def create_app(daraja: AsyncDaraja | None = None, engine: Engine | None = None, *, register: bool = False) -> FastAPI:  # noqa: C901, PLR0915 - one function for each address
    """Create the shop; missing arguments come from the environment. *register* registers it for payments by hand."""
    database = engine or create_engine(os.environ.get("DATABASE_URL", "sqlite:///shop.db"), hide_parameters=True)
    client = daraja or AsyncDaraja(Config.from_env())
    store, books = SqlStore(database, on_success=fulfil), SqlReceiptStore(database)
    store.create_schema()
    tables.create_all(database)
    checkout = AsyncCheckout(client, store, receipts=books)

    async def fulfil_by_hand(receipt: Receipt) -> None:
        order = await checkout.order(str(receipt.order))
        if order.paid and order.payment:
            with database.begin() as connection:
                fulfil(connection, order.payment)

    receipts = AsyncReceipts(client, books, checkout=checkout, on_received=fulfil_by_hand)
    simulator = client.config.environment.base_url if client.config.environment.is_local else ""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with client, asyncio.TaskGroup() as tasks:
            if register:
                await receipts.register()
            reconciling = tasks.create_task(look_after(checkout, receipts))
            yield
            reconciling.cancel()

    app = FastAPI(lifespan=lifespan, openapi_url=None, redirect_slashes=False)
    key = client.config.consumer_secret.reveal()  # it signs the cookie; all processes of the shop share it
    app.add_middleware(SessionMiddleware, secret_key=key, same_site="lax", https_only=not simulator)
    app.state.checkout, app.state.receipts = checkout, receipts

    async def page(request: Request, order: Order | None = None, code: int = 200, notice: str = "") -> Response:
        thing = request.session.get("orders", {}).get(order and order.order)
        by_hand = order and await receipts.offer(order, amount=thing[1])
        shown = {"order": order, "thing": thing, "by_hand": by_hand, "form": await form_of(request), "notice": notice}
        html = Template(PAGE, autoescape=True).render(shown, things=THINGS, style=STYLE, simulator=simulator)
        return HTMLResponse(html, code)

    async def form_of(request: Request) -> dict[str, str]:
        return dict(parse_qsl((await request.body()).decode(errors="replace")))

    async def own(request: Request, order_id: str, *, refresh: bool = False) -> Order:
        if order_id not in request.session.get("orders", {}):
            raise HTTPException(404, "You have no such order.")
        return await checkout.order(order_id, refresh=refresh)

    @app.middleware("http")
    async def guard(request: Request, view: Callable[[Request], Awaitable[Response]]) -> Response:
        is_post, length = request.method == "POST", request.headers.get("Content-Length", "")
        if is_post and request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
            return Response("Please use the buttons on our own pages.", 403)
        if is_post and not (length.isdecimal() and int(length) <= LARGEST_BODY):
            return Response("That is too much to read.", 413)
        request.state.address = request.client.host if request.client else ""
        answer = await view(request)
        answer.headers.update({"Cache-Control": "no-store", "Content-Security-Policy": CSP})
        return answer

    @app.post("/orders")
    async def place_order(request: Request) -> Response:
        form, order_id = await form_of(request), b32encode(secrets.token_bytes(7)).decode()[:12]  # 12 fit the prompt
        if form.get("thing") not in THINGS:
            raise HTTPException(404, "We do not sell that.")
        latest = dict(list(request.session.get("orders", {}).items())[-19:])  # a cookie holds 4 KiB
        request.session["orders"] = latest | {order_id: THINGS[form["thing"]]}
        return RedirectResponse(f"/orders/{order_id}", 303)

    @app.get("/")
    @app.get("/orders/{order_id}")
    async def show(request: Request, order_id: str = "") -> Response:
        return await page(request, await own(request, order_id, refresh=True) if order_id else None)

    @app.post("/orders/{order_id}/pay")
    async def pay(request: Request, order_id: str) -> Response:
        order, form = await own(request, order_id), await form_of(request)
        (thing, price), phone = request.session["orders"][order_id], form.get("phone", "")
        if order.paid or form.get("after") != str(len(order.attempts)):
            return RedirectResponse(f"/orders/{order_id}", 303)  # an old form
        if order.may_charge and not await asyncio.to_thread(count_prompt, database, request.state.address):
            return await page(request, order, 429, "Too many requests. Please try again in ten minutes.")
        try:
            await checkout.charge(order=order_id, phone=phone, amount=order.due(price), metadata={"thing": thing})
        except InvalidInput:
            return await page(request, order, 400, "That is not a Safaricom number, like 0712 345 678.")
        except (AttemptOpen, TooEarly) as later:
            return await page(request, await own(request, order_id), 409, later.customer_message)
        except DarajaError as refusal:
            if refusal.payment is None:
                raise
        return RedirectResponse(f"/orders/{order_id}", 303)

    @app.post("/payments/callback/{token:path}")  # with a slash at its end, and without
    async def receive_callback(request: Request, token: str) -> Response:
        which = receipts if token.startswith("receipts/") else checkout
        reply = await which.receive(await request.body(), token=token, remote_ip=request.state.address)
        return Response(reply.body, reply.status_code, media_type=reply.content_type)

    return app


STYLE: Final = """\
body { max-width: 30rem; margin: auto; padding: 1rem; font: 1.0625rem/1.5 system-ui, sans-serif; background: #f3f5ef }
main, .thing, [role=alert] { padding: 1.25rem; margin-top: 1rem; border-radius: .75rem; background: #fff }
.thing { display: flex; justify-content: space-between; align-items: center; gap: 1rem } main a { display: block }
input, main button { box-sizing: border-box; width: 100%; padding: .75rem; margin: .25rem 0 1rem; font: inherit }
button { padding: .6rem 1.1rem; font: inherit; color: #fff; background: #13743a; border: 0; border-radius: .5rem }
"""
HASH: Final = b64encode(sha256(STYLE.encode()).digest()).decode()
CSP: Final = f"default-src 'none'; style-src 'sha256-{HASH}'; form-action 'self'; base-uri 'none'"
PAGE: Final = """\
<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
{% if order and order.prompted %}<meta http-equiv="refresh" content="5">{% endif %}<title>Duka Letu</title>
<style>{{ style }}</style><a href="/">Duka Letu</a>{% if notice %}<p role="alert">{{ notice }}</p>{% endif %}
{% if order %}{% set may, payment, due = order.may_charge, order.payment, "{:,}".format(order.due(thing[1])) %}<main>
  {{ thing[0] }}, order {{ order.order }}: <b>KES {{ "{:,}".format(thing[1]) }}</b>
  <h1>{% if order.paid %}Paid, thank you!{% elif order.prompted %}Look at your phone{% elif may and payment %}Not paid
  {%- elif may %}Pay{% elif may.not_before %}Not paid yet{% else %}We are looking into it{% endif %}</h1>
  <p id="words" role="status">{{ order.customer_message }}
  {% if order.paid %}Your receipt is {{ order.receipt_numbers | join(", ") }}.{% endif %}
  {% if order.prompted %}The request is on {{ payment.to_dict(view="customer").phone }}.{% endif %}</p>
  {% if by_hand %}<p id="by-hand">No request came? Pay by hand in the M-Pesa menu: pay bill
    {{ by_hand.account.shortcode }}, account {{ by_hand.reference }}, KES {{ by_hand.due }}</p>{% endif %}
  {% if simulator and order.attempts %}<a href="{{ simulator }}" target="_blank">Open the simulated phone</a>{% endif %}
  {% if may %}<form method="post" action="/orders/{{ order.order }}/pay">
    <input type="hidden" name="after" value="{{ order.attempts | length }}"><label>Your number
    <input name="phone" type="tel" value="{{ form.phone }}"></label><button>Pay KES {{ due }}</button></form>{% endif %}
  {% if payment and not order.paid %}<a href="/orders/{{ order.order }}">Look again</a>{% endif %}</main>
{% else %}<h1>What would you like?</h1>{% for key, (name, price) in things.items() %}
<form class="thing" method="post" action="/orders">{{ name }}, KES&nbsp;{{ "{:,}".format(price) }}
  <button name="thing" value="{{ key }}" aria-label="Buy {{ name }}">Buy</button></form>{% endfor %}{% endif %}
"""


if __name__ == "__main__":
    port, is_trial = int(os.environ.get("PORT", "8000")), not any(name.startswith("MPESA_") for name in os.environ)
    with LocalDaraja(port=int(os.environ.get("DARAJA_PORT", "8765"))) if is_trial else nullcontext() as local:
        settings = local.config(f"http://127.0.0.1:{port}/payments/callback/") if local else Config.from_env()
        phone = f"The customer's phone:  {local.base_url}/\n" if local else ""
        print(f"{phone}The shop:              http://127.0.0.1:{port}/   (Ctrl-C closes it)", flush=True)
        app = create_app(AsyncDaraja(settings), register=is_trial)  # with Safaricom's Daraja: daraja-kit register
        uvicorn.run(app, port=port, log_level="warning")  # an access log would show signed addresses
