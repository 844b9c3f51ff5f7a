"""An engine mounted on requests-mock answers a test's requests without a socket."""

import subprocess
import sys
from datetime import datetime

import pytest
import requests
import requests_mock

from daraja.errors import ConfigurationError
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator import Answer, Engine, Scenario
from daraja.simulator.gateway import lost
from daraja.simulator.products.stk.scenarios import ANSWER_LOST, EARLY_CALLBACK
from daraja.simulator.results import PAID
from daraja.testing import ManualClock, MountedDaraja, mount_requests
from tests.simulator.shop import OAUTH, PHONE, Shop, basic, callback_of


def shop_over(session: requests.Session, mounted: MountedDaraja) -> Shop:
    def send(request: HttpRequest, _: datetime) -> HttpResponse:
        response = session.request(request.method, request.url, headers=request.headers, data=request.body)
        return HttpResponse(response.status_code, response.headers, response.content)

    return Shop(send, mounted.clock.now(), base_url=mounted.base_url)


def test_a_whole_payment_without_a_socket() -> None:
    clock = ManualClock()
    with requests_mock.Mocker() as mocker, requests.Session() as session:
        mounted = mount_requests(MountedDaraja(Engine(answer=Answer.PAY, delay=5), clock), mocker)
        shop = shop_over(session, mounted).authorise()
        asked = shop.pushed()
        assert shop.result_code(asked) == "4999"
        assert mounted.due() == ()
        clock.advance(5)
        (callback,) = mounted.due()
        assert callback_of(callback)["ResultCode"] == 0
        assert shop.result_code(asked) == "0"


def test_a_person_answers() -> None:
    with requests_mock.Mocker() as mocker, requests.Session() as session:
        mounted = mount_requests(MountedDaraja(Engine(), ManualClock()), mocker)
        shop_over(session, mounted).authorise().pushed()
        mounted.answer(PHONE, Answer.CANCEL)
        assert [callback_of(callback)["ResultCode"] for callback in mounted.due()] == [1032]


def test_a_callback_that_comes_before_the_answer_is_delivered_before_it() -> None:
    delivered: list[HttpRequest] = []
    with requests_mock.Mocker() as mocker, requests.Session() as session:
        engine = Engine(scenarios={PHONE: EARLY_CALLBACK})
        mounted = mount_requests(MountedDaraja(engine, ManualClock(), deliver=delivered.append), mocker)
        shop = shop_over(session, mounted).authorise()
        assert delivered == []
        asked = shop.pushed()
        assert [callback_of(callback)["CheckoutRequestID"] for callback in delivered] == [asked]
        assert mounted.due() == ()
        assert engine.callbacks == tuple(delivered)


def test_an_early_callback_that_is_not_accepted_is_due_at_once() -> None:
    with requests_mock.Mocker() as mocker, requests.Session() as session:
        engine = Engine(scenarios={PHONE: EARLY_CALLBACK})
        mounted = mount_requests(MountedDaraja(engine, ManualClock()), mocker)
        shop_over(session, mounted).authorise().pushed()
        assert engine.next_due() == mounted.clock.now()
        assert [callback_of(callback)["ResultCode"] for callback in mounted.due()] == [0]
        assert engine.next_due() is None


def test_a_lost_answer_is_a_broken_connection() -> None:
    with requests_mock.Mocker() as mocker, requests.Session() as session:
        engine = Engine(scenarios={PHONE: ANSWER_LOST})
        mounted = mount_requests(MountedDaraja(engine, ManualClock()), mocker)
        shop = shop_over(session, mounted).authorise()
        with pytest.raises(requests.ConnectionError, match="dropped the connection"):
            shop.push()
        assert len(engine.stk.pushes) == 1


def test_a_callback_may_come_before_an_answer_that_never_does() -> None:
    delivered: list[HttpRequest] = []
    with requests_mock.Mocker() as mocker, requests.Session() as session:
        engine = Engine(scenarios={PHONE: Scenario(result=PAID, early=True, reply=lost)})
        mounted = mount_requests(MountedDaraja(engine, ManualClock(), deliver=delivered.append), mocker)
        shop = shop_over(session, mounted).authorise()
        with pytest.raises(requests.ConnectionError):
            shop.push()
        assert [callback_of(callback)["ResultCode"] for callback in delivered] == [0]


def test_the_adapter_of_one_session_is_accepted() -> None:
    adapter = requests_mock.Adapter()
    mounted = mount_requests(MountedDaraja(Engine(), ManualClock(), base_url="http://daraja.test/"), adapter)
    assert mounted.base_url == "http://daraja.test"
    with requests.Session() as session:
        session.mount("http://", adapter)
        assert session.get("http://daraja.test" + OAUTH, headers=basic()).status_code == 200
        with pytest.raises(requests_mock.NoMockAddress):
            session.get("http://daraja.test.example" + OAUTH, headers=basic())


def test_it_goes_on_when_requests_mock_forgets_what_it_has_counted() -> None:
    with requests_mock.Mocker() as mocker:
        mounted = mount_requests(MountedDaraja(Engine(), ManualClock()), mocker)
        known = mocker.get("https://sms.example/", text="ok")
        requests.get("https://sms.example/", timeout=1)
        mocker.reset_mock()
        assert (known.called, mocker.called) == (False, False)
        assert requests.get(mounted.base_url + OAUTH, headers=basic(), timeout=1).status_code == 200


def test_it_does_not_stand_in_for_production() -> None:
    with requests_mock.Mocker() as mocker:
        with pytest.raises(ConfigurationError, match=r"is production.*MPESA_ENVIRONMENT=sandbox") as refused:
            mount_requests(MountedDaraja(Engine(), ManualClock(), base_url="https://api.safaricom.co.ke/"), mocker)
        with pytest.raises(requests_mock.NoMockAddress):
            requests.get("https://api.safaricom.co.ke" + OAUTH, timeout=1)
    assert set(refused.value.faults) == {"environment"}


def test_a_body_of_text_is_read_too() -> None:
    with requests_mock.Mocker() as mocker:
        mounted = mount_requests(MountedDaraja(Engine(), ManualClock()), mocker)
        answer = requests.post(f"{mounted.base_url}/nowhere", data="text", timeout=1)
    assert answer.json()["errorMessage"] == "Resource not found"


def test_the_kit_itself_loads_no_requests_mock() -> None:
    program = "import sys, daraja.testing; sys.exit('requests_mock' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
