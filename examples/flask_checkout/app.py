"""A small shop in Flask: goods, M-Pesa at checkout, and the result. The library has the rules about money.

``python examples/flask_checkout/app.py`` uses a local Daraja; with the ``MPESA_*`` variables set it uses Safaricom's.
``DATABASE_URL`` names a PostgreSQL (``postgresql+psycopg://...``) to use instead of a file.
"""

import logging
import os
import secrets
import time
from base64 import b32encode, b64encode
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Final

from flask import Flask, Response, abort, redirect, render_template_string, request, session
from sqlalchemy import Column, Connection, Engine, Float, MetaData, String, Table, create_engine, func, select
from werkzeug.wrappers import Response as AnyResponse

from daraja import Checkout, Config, Daraja, Order, Payment, Receipt, Receipts, client_ip, client_network, mask_phone
from daraja.errors import AttemptOpen, DarajaError, InvalidInput, TooEarly
from daraja.simulator import LocalDaraja
from daraja.stores.sql import SqlReceiptStore, SqlStore

THINGS: Final = {"tea": ("Kericho tea, 500 g", 450), "honey": ("Baringo honey, 1 kg", 1_200), "pin": ("A pin", 1)}
MOST_PROMPTS, WITHIN = 30, 600  # of one address, in seconds; customers of a mobile network share addresses

tables: Final = MetaData()  # the shop's own, in one database with the payments
parcels: Final = Table("parcels", tables, Column("order", String, primary_key=True), Column("thing", String))
prompts: Final = Table("prompts", tables, Column("address", String, index=True), Column("at", Float))


def fulfil(connection: Connection, payment: Payment) -> None:
    """Pack the parcel of an order once: in the transaction that makes a payment a success, or after one by hand."""
    if connection.scalar(select(parcels.c.order).where(parcels.c.order == payment.order)) is None:
        connection.execute(parcels.insert().values(order=payment.order, thing=payment.metadata["thing"]))


def refund(payment: Payment) -> None:
    """Tell the staff of a second payment of one order."""
    logging.getLogger("shop").warning("order %s is paid already; refund payment %s", payment.order, payment.key)


def count_prompt(engine: Engine, address: str) -> bool:
    """Count a prompt, unless this address has sent too many."""
    network = client_network(address)
    with engine.begin() as connection:
        connection.execute(prompts.delete().where(prompts.c.at <= time.time() - WITHIN))
        asked = connection.scalar(select(func.count()).where(prompts.c.address == network)) or 0
        if asked < MOST_PROMPTS:
            connection.execute(prompts.insert().values(address=network, at=time.time()))
        return asked < MOST_PROMPTS


def create_app(daraja: Daraja | None = None, engine: Engine | None = None) -> Flask:  # noqa: C901, PLR0915 - one function for each address
    """Create the shop; missing arguments come from the environment."""
    file = f"sqlite:///{Path(__file__).with_name('shop.db')}"
    database = engine or create_engine(os.environ.get("DATABASE_URL", file), hide_parameters=True)
    client = daraja or Daraja(Config.from_env())
    store = SqlStore(database, on_success=fulfil)
    store.create_schema()
    tables.create_all(database)
    books = SqlReceiptStore(store)
    checkout = Checkout(client, store, on_refund_due=refund, receipts=books)

    def fulfil_by_hand(receipt: Receipt) -> None:
        order = checkout.order(str(receipt.order))
        if order.paid and order.payment:
            with database.begin() as connection:
                fulfil(connection, order.payment)

    receipts = Receipts(client, books, checkout=checkout, on_received=fulfil_by_hand)
    simulator = client.config.environment.base_url if client.config.environment.is_local else ""
    app = Flask(__name__)
    app.secret_key = client.config.consumer_secret.reveal()  # it signs the cookie; all processes of the shop share it
    app.config.update(MAX_CONTENT_LENGTH=64 * 1024, SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_SECURE=not simulator)
    app.extensions.update(checkout=checkout, receipts=receipts)

    def page(order: Order | None = None, notice: str = "") -> str:
        thing = session.get("orders", {}).get(order and order.order)
        by_hand = order and receipts.offer(order, amount=thing[1])
        shown = {"order": order, "thing": thing, "things": THINGS, "by_hand": by_hand, "notice": notice}
        return render_template_string(PAGE, **shown, style=STYLE, simulator=simulator, mask=mask_phone)

    def caller() -> str:
        hops, proxies = request.headers.getlist("X-Forwarded-For"), int(os.environ.get("PROXIES", "0"))
        return client_ip(request.remote_addr or "", hops, proxies=proxies)

    def own(order_id: str, *, refresh: bool = False) -> Order:
        if order_id not in session.get("orders", {}):
            abort(404, "You have no such order.")
        return checkout.order(order_id, refresh=refresh)

    @app.before_request
    def refuse_other_sites() -> None:
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
            abort(403, "Please use the buttons on our own pages.")

    @app.after_request
    def keep_private(answer: Response) -> Response:
        answer.headers.update({"Cache-Control": "no-store", "Content-Security-Policy": CSP})
        return answer

    @app.post("/orders")
    def place_order() -> AnyResponse:
        thing, price = THINGS.get(request.form.get("thing", "")) or abort(404, "We do not sell that.")
        order_id, session.permanent = b32encode(secrets.token_bytes(7)).decode()[:12], True  # 12 fit the prompt
        latest = dict(list(session.get("orders", {}).items())[-19:])  # a cookie holds 4 KiB
        session["orders"] = latest | {order_id: (thing, price)}
        return redirect(f"/orders/{order_id}", 303)

    @app.get("/")
    @app.get("/orders/<order_id>")
    def show(order_id: str = "") -> str:
        return page(own(order_id, refresh=True) if order_id else None)

    @app.post("/orders/<order_id>/pay")
    def pay(order_id: str) -> AnyResponse | tuple[str, int]:
        order, (thing, price) = own(order_id), session["orders"][order_id]
        if order.paid or request.form.get("after") != str(len(order.attempts)):
            return redirect(f"/orders/{order_id}", 303)  # an old form
        if order.may_charge and not count_prompt(database, caller()):
            return page(order, "Too many requests. Please try again in ten minutes."), 429
        try:
            phone = request.form.get("phone", "")
            checkout.charge(order=order_id, phone=phone, amount=order.due(price), metadata={"thing": thing})
        except InvalidInput:
            return page(order, "That is not a Safaricom number, like 0712 345 678."), 400
        except (AttemptOpen, TooEarly) as later:
            return page(own(order_id), later.customer_message), 409
        except DarajaError as refusal:
            if refusal.payment is None:
                raise
        return redirect(f"/orders/{order_id}", 303)

    @app.post("/payments/callback/<token>/", strict_slashes=False, defaults={"which": checkout})
    @app.post("/payments/callback/receipts/<token>/", strict_slashes=False, defaults={"which": receipts})
    def receive_callback(token: str, which: Checkout | Receipts) -> Response:
        reply = which.receive(request.get_data(), token=token, remote_ip=caller())
        return Response(reply.body, reply.status_code, content_type=reply.content_type)

    @app.cli.command("reconcile")
    def reconcile() -> None:
        print(checkout.reconcile(), receipts.reconcile(), sep="\n")

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
{% if order %}{% set may, payment = order.may_charge, order.payment %}<main>
  {{ thing[0] }}, order {{ order.order }}: <b>KES {{ "{:,}".format(thing[1]) }}</b>
  <h1>{% if order.paid %}Paid, thank you!{% elif order.prompted %}Look at your phone{% elif may and payment %}Not paid
  {%- elif may %}Pay{% elif may.not_before %}Not paid yet{% else %}We are looking into it{% endif %}</h1>
  <p id="words" role="status">{{ order.customer_message }}
  {% if order.paid %}Your receipt is {{ order.receipt_numbers | join(", ") }}.{% endif %}
  {% if order.prompted %}The request is on {{ mask(payment.phone) }}.{% endif %}</p>
  {% if by_hand %}<p id="by-hand">No request came? Pay by hand in the M-Pesa menu: pay bill
    {{ by_hand.account.shortcode }}, account {{ by_hand.reference }}, KES {{ by_hand.due }}</p>{% endif %}
  {% if simulator and order.attempts %}<a href="{{ simulator }}" target="_blank">Open the simulated phone</a>{% endif %}
  {% if may %}<form method="post" action="/orders/{{ order.order }}/pay">
    <input type="hidden" name="after" value="{{ order.attempts | length }}"><label>Your number
    <input name="phone" type="tel" value="{{ request.form.phone or "" }}"></label>
    <button>Pay KES {{ "{:,}".format(order.due(thing[1])) }}</button></form>
  {% endif %}{% if payment and not order.paid %}<a href="/orders/{{ order.order }}">Look again</a>{% endif %}</main>
{% else %}<h1>What would you like?</h1>{% for key, (name, price) in things.items() %}
<form class="thing" method="post" action="/orders">{{ name }}, KES&nbsp;{{ "{:,}".format(price) }}
  <button name="thing" value="{{ key }}" aria-label="Buy {{ name }}">Buy</button></form>{% endfor %}{% endif %}
"""


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # its lines would show signed callback addresses
    port, is_trial = int(os.environ.get("PORT", "8000")), not any(name.startswith("MPESA_") for name in os.environ)
    with LocalDaraja(port=int(os.environ.get("DARAJA_PORT", "8765"))) if is_trial else nullcontext() as local:
        app = create_app(Daraja(local.config(f"http://127.0.0.1:{port}/payments/callback/")) if local else None)
        if local:
            app.extensions["receipts"].register()  # with Safaricom's Daraja: daraja-kit register
            print(f"The customer's phone:  {local.base_url}/")
        print(f"The shop:              http://127.0.0.1:{port}/   (Ctrl-C closes it)", flush=True)
        app.run(port=port)
