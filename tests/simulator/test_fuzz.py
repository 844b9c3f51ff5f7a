"""To any request the engine answers as Daraja might, and never raises."""

import json

from hypothesis import given
from hypothesis import strategies as st

from daraja.http.messages import HttpRequest
from daraja.simulator import Engine
from daraja.simulator.serializers import state_json
from tests.simulator.initiators import b2c, balance, reversal, status
from tests.simulator.initiators import body as initiator_body
from tests.simulator.shop import (
    NOON,
    OAUTH,
    PHONE,
    PUSH,
    QUERY,
    SHORTCODE,
    Json,
    push_body,
    read,
    refusal_of,
    shop_of,
)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


paths = st.sampled_from([OAUTH, PUSH, QUERY]) | st.text()


headers = st.dictionaries(
    st.sampled_from(["Authorization", "content-type", "Accept"]) | st.text(),
    st.sampled_from(["application/json", "Basic a2V5OnNlY3JldA==", "Bearer", "Bearer x"]) | st.text(),
)


STATUSES = {200, 400, 404, 405, 500}


@given(
    st.sampled_from(["GET", "POST"]) | st.text(), paths, headers, st.binary() | anything.map(json.dumps).map(str.encode)
)
def test_any_request_gets_an_answer_in_daraja_s_form(
    method: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    engine = Engine()
    response = engine.handle(HttpRequest(method, f"https://sandbox.safaricom.co.ke{path}", headers, body), NOON)
    assert response.status in STATUSES
    if response.status == 200:
        assert "access_token" in read(response)
    elif response.body:
        refusal_of(response)
    else:
        assert response.status == 400
    assert str(engine.events[0]).isascii()


@given(st.dictionaries(st.sampled_from(sorted(push_body())), anything), st.sampled_from([PUSH, QUERY]))
def test_any_body_with_a_valid_token_is_accepted_or_refused(changes: Json, path: str) -> None:
    engine = Engine()
    shop = shop_of(engine)
    response = shop.post(path, {**push_body(), "CheckoutRequestID": "ws_CO_1", **changes})
    if response.status == 200:
        assert read(response)["CheckoutRequestID"] == engine.stk.pushes[0].checkout_request_id
        shop.wait(100)
        assert len(engine.due(shop.now)) == 1
    else:
        status, code, _ = refusal_of(response)
        assert (status, code) in {(400, "400.002.02"), (400, "400.002.05"), (500, "500.001.1001")}
        assert not engine.stk.pushes
    assert all(str(event).isascii() for event in engine.events)


@given(st.binary(), st.sampled_from([PUSH, QUERY]))
def test_any_bytes_with_a_valid_token_are_refused(body: bytes, path: str) -> None:
    shop = shop_of(Engine())
    headers = {"Authorization": f"Bearer {shop.token}", "Content-Type": "application/json"}
    assert refusal_of(shop.ask("POST", path, headers, body))[1] in {"400.002.02", "400.002.05"}


# Every other product


def business(command: str, **fields: object) -> Json:
    types = {"SenderIdentifierType": "4", "RecieverIdentifierType": "4"}
    return initiator_body(command, **{"PartyA": SHORTCODE, "Amount": 5, **types, **fields})


BODIES: dict[str, Json] = {
    "/mpesa/b2c/v3/paymentrequest": b2c("payout-1"),
    "/mpesa/b2c/v1/paymentrequest": b2c("payout-1"),
    "/mpesa/b2cvalidate/v2/paymentrequest": b2c("payout-1", IDType="01", IDNumber="12345678"),
    "/mpesa/b2pochi/v1/paymentrequest": b2c("payout-1", CommandID="BusinessPayToPochi"),
    "/mpesa/accountbalance/v1/query": balance(),
    "/mpesa/transactionstatus/v1/query": status(OriginalConversationID="payout-1"),
    "/mpesa/reversal/v1/request": reversal("UKN1", SHORTCODE),
    "/mpesa/b2b/v1/paymentrequest": business("BusinessPayBill", PartyB="600111", AccountReference="INV 7"),
    "/mpesa/b2b/v1/remittax": business("PayTaxToKRA", PartyB="572572", AccountReference="PRN1"),
    "/mpesa/c2b/v2/registerurl": {
        "ShortCode": SHORTCODE,
        "ResponseType": "Completed",
        "ConfirmationURL": "http://127.0.0.1:9000/c",
        "ValidationURL": "http://127.0.0.1:9000/v",
    },
    "/mpesa/c2b/v2/simulate": {
        "ShortCode": SHORTCODE,
        "CommandID": "CustomerPayBillOnline",
        "Amount": 5,
        "Msisdn": PHONE,
        "BillRefNumber": "INV 7",
    },
    "/v1/ussdpush/get-msisdn": {
        "primaryShortCode": "5050505",
        "receiverShortCode": SHORTCODE,
        "amount": "5",
        "paymentRef": "INV 7",
        "callbackUrl": "http://127.0.0.1:9000/r",
        "partnerName": "Duka",
        "RequestRefID": "1",
    },
    "/standingorder/v1/createStandingOrderExternal": {
        "StandingOrderName": "Rent",
        "StartDate": "20261124",
        "EndDate": "20261224",
        "BusinessShortCode": SHORTCODE,
        "TransactionType": "Standing Order Customer Pay Bill",
        "ReceiverPartyIdentifierType": "4",
        "Amount": "5",
        "PartyA": PHONE,
        "CallBackURL": "http://127.0.0.1:9000/r",
        "AccountReference": "HOUSE 7",
        "Frequency": "4",
    },
    "/mpesa/qrcode/v1/generate": {
        "MerchantName": "Duka",
        "RefNo": "1",
        "Amount": 5,
        "TrxCode": "PB",
        "CPI": SHORTCODE,
        "Size": "50",
    },
    "/pulltransactions/v1/register": {
        "ShortCode": SHORTCODE,
        "RequestType": "Pull",
        "NominatedNumber": PHONE,
        "CallBackURL": "http://127.0.0.1:9000/p",
    },
    "/pulltransactions/v1/query": {
        "ShortCode": SHORTCODE,
        "StartDate": "2026-11-23 10:00:00",
        "EndDate": "2026-11-23 12:00:00",
        "OffSetValue": "0",
    },
    "/v1/billmanager-invoice/optin": {
        "shortcode": SHORTCODE,
        "email": "a@shop.example",
        "officialContact": "0712345678",
        "sendReminders": "1",
        "callbackurl": "http://127.0.0.1:9000/b",
    },
    "/sfcverify/v1/query/info": {"IdentifierType": "4", "Identifier": SHORTCODE},
    "/mpesa/b2c/hakikisha/v1/hakikisha": {"header": {"requestID": "1"}, "body": {"msisdn": PHONE}},
    "/imsi/v2/checkATI": {"customerNumber": PHONE},
    "/v1/lipa/na/bonga/calculate-points": {"points": "40"},
    "/v1/lipa/na/bonga/redeem-paybill": {
        "msisdn": PHONE,
        "amount": "8",
        "bongaPoints": "40",
        "conversionRate": "0.2",
        "shortCode": SHORTCODE,
        "accountNumber": "1",
    },
}


def test_every_body_is_right_before_it_is_changed() -> None:
    engine = Engine()
    shop = shop_of(engine)
    for path, body in BODIES.items():
        own = {"OriginatorConversationID": path} if "OriginatorConversationID" in body else {}
        assert shop.post(path, {**body, **own}).status == 200, path


@given(st.data(), st.sampled_from(sorted(BODIES)))
def test_any_body_is_accepted_or_refused_by_every_product(data: st.DataObject, path: str) -> None:
    engine = Engine()
    shop = shop_of(engine)
    changes = data.draw(st.dictionaries(st.sampled_from(sorted(BODIES[path])), anything, max_size=3))
    response = shop.post(path, {**BODIES[path], **changes})
    assert response.status in {200, 400, 500}
    if response.status != 200:
        refusal_of(response)
    shop.wait(100)
    for callback in engine.due(shop.now):
        assert read(callback)
        engine.delivered(callback, "answered HTTP 200", shop.now)
    json.dumps(state_json(engine, 0, "", shop.now), allow_nan=False)
    json.dumps([product_view() for product in engine.products for product_view in product.views.values()])
    assert all(str(event).isascii() and len(str(event)) < 300 for event in engine.events)
