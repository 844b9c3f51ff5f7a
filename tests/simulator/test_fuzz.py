"""To any request the engine answers as Daraja might, and never raises."""

import json

from hypothesis import given
from hypothesis import strategies as st

from daraja.http.messages import HttpRequest
from daraja.simulator import Engine
from tests.simulator.shop import (
    NOON,
    OAUTH,
    PUSH,
    QUERY,
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
