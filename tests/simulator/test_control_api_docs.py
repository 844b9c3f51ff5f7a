"""The control API does what its page in the documentation says, and explains wrong requests."""

import json
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import ClassVar

import attrs
import pytest
import requests

from daraja import Daraja, Environment, parse_stk_callback
from daraja.simulator import Engine, LocalDaraja
from daraja.simulator.errors import Json
from daraja.simulator.products.base import MagicNumber, Route, Services
from tests.simulator.kiosk import CONFIG
from tests.simulator.receiver import Receiver
from tests.support.servers import Conversation, Seen, http, raw_server

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "simulator.md"
ROW = re.compile(r"^\| `(GET|POST) (/simulator/\w+)` \|(?: `(.*?)`)? \| (.+?) \| `(.*?)`(.*?) \|$", re.MULTILINE)
JSON_FIELD = re.compile(r'"(\w+)": ("[^"]+"|\w+)')
QUERY_FIELD = re.compile(r"(\w+)=(\w+)")
PHONE = "254712345678"


@attrs.frozen
class Row:
    """A line of the page's table."""

    method: str
    path: str
    example: str
    about: str
    answer: str
    more: str

    def ask(self, base_url: str) -> requests.Response:
        """Ask as the example does."""
        if self.method == "GET":
            return requests.get(base_url + self.path + self.example, timeout=10)
        return requests.post(base_url + self.path, json=json.loads(self.example), timeout=10)

    def mistakes(self) -> Iterator[tuple[str, "Row"]]:
        """Yield each field of the example, and the example with a wrong value in it."""
        field, wrong = (QUERY_FIELD, "x") if self.method == "GET" else (JSON_FIELD, "[]")
        for found in field.finditer(self.example):
            start, end = found.span(2)
            yield found[1], attrs.evolve(self, example=f"{self.example[:start]}{wrong}{self.example[end:]}")


ROWS = [Row(*found) for found in ROW.findall(PAGE.read_text(encoding="utf-8"))]


@pytest.fixture
def receiver() -> Generator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def local() -> Generator[LocalDaraja]:
    with LocalDaraja(engine=Engine(delay=0)) as local:
        yield local


def push(local: LocalDaraja, callback_urls: Sequence[str], phone: str = PHONE) -> None:
    config = attrs.evolve(CONFIG, environment=Environment(local.base_url))
    with Daraja(config) as daraja:
        for number, url in enumerate(callback_urls):
            daraja.stk_push(phone=str(int(phone) + number), amount=500, reference="ORD-1", callback_url=url)


def post(local: LocalDaraja, button: str, **params: str | float) -> object:
    answer = requests.post(f"{local.base_url}/simulator/{button}", json=params, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()


# The page


def test_the_page_documents_every_address(local: LocalDaraja) -> None:
    answer = requests.get(f"{local.base_url}/simulator/", timeout=10)
    assert answer.status_code == 404
    there = answer.json()["error"].removeprefix("nothing is there; use one of: ").split(", ")
    assert sorted(f"{row.method} {row.path}" for row in ROWS) == sorted(there)


def test_the_documented_examples_get_the_documented_answers(local: LocalDaraja, receiver: Receiver) -> None:
    push(local, [receiver.url])
    for row in ROWS:
        answer = row.ask(local.base_url)
        assert answer.status_code == 200, answer.text
        if row.method == "POST":
            expected = json.loads(row.answer)
            assert answer.json() == {
                **expected,
                **({"receipt": answer.json()["receipt"]} if "receipt" in expected else {}),
            }
        elif answer.headers["Content-Type"] != "application/json":
            assert row.answer in answer.text, row.path
        else:
            named = {row.answer, *re.findall("`([a-z]+)`", row.more)}
            assert named <= set(re.findall('"([a-z_]+)":', answer.text)), row.path


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.path)
def test_every_documented_field_is_checked(local: LocalDaraja, row: Row) -> None:
    for name, wrong in row.mistakes():
        answer = wrong.ask(local.base_url)
        assert (answer.status_code, answer.json()["error"].partition(" ")[0]) == (400, name)


# What is not there


@pytest.mark.parametrize("path", ["/simulator/x", "/simulator/", "/simulator", "/simulator/answer/"])
def test_an_unknown_address_is_answered_with_the_known_ones(local: LocalDaraja, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = requests.request(method, local.base_url + path, timeout=10)
        assert answer.status_code == 404
        assert answer.json()["error"].startswith("nothing is there; use one of: POST /simulator/answer, POST ")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/simulator/answer", "POST"),
        ("DELETE", "/simulator/hold", "POST"),
        ("POST", "/simulator/state", "GET, HEAD"),
        ("PUT", "/simulator/payments", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_answered_with_the_right_one(
    local: LocalDaraja, method: str, path: str, allowed: str
) -> None:
    answer = requests.request(method, local.base_url + path, timeout=10)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert answer.json() == {"error": f"send it with {allowed.partition(',')[0]}"}


def test_a_view_answers_a_head_request(local: LocalDaraja) -> None:
    answer = requests.head(f"{local.base_url}/simulator/payments", timeout=10)
    assert (answer.status_code, answer.content) == (200, b"")


# Payments and callbacks


def test_a_payment_has_its_result_as_soon_as_its_time_is_up(local: LocalDaraja, receiver: Receiver) -> None:
    post(local, "hold", held=True)
    push(local, [receiver.url], "254700001032")
    (payment,) = requests.get(f"{local.base_url}/simulator/payments", timeout=10).json()["payments"]
    assert payment["result"]["code"] == 1032


class Watching:
    """A product in whose view another thread asks for the prompts."""

    name: ClassVar[str] = "watching"
    title: ClassVar[str] = "watching"
    magic_numbers: ClassVar[Sequence[MagicNumber]] = ()

    def __init__(self, _: Services) -> None:
        self.routes: Mapping[str, Route] = {}
        self.views: Mapping[str, Callable[[], Json]] = {"watching": self._watch}
        self.local = LocalDaraja()
        self.asked: list[int] = []
        self.asking = Thread(target=lambda: self.asked.append(len(self.local.prompts)))

    def _watch(self) -> Json:
        self.asking.start()
        self.asking.join(0.05)  # long enough for a thread that need not wait
        return {"asked": list(self.asked)}


def test_nothing_happens_while_a_view_is_made() -> None:
    engine = Engine(extra_products=(Watching,))
    product = engine.products[-1]
    assert isinstance(product, Watching)
    with LocalDaraja(engine=engine) as product.local:
        answer = requests.get(f"{product.local.base_url}/simulator/watching", timeout=10)
        product.asking.join()
    assert (answer.json(), product.asked) == ({"asked": []}, [0])


def test_callbacks_are_listed_with_address_body_and_replies(local: LocalDaraja, receiver: Receiver) -> None:
    push(local, [receiver.url, "http://127.0.0.1:9/s3cr3t"])
    post(local, "hold", held=True)
    post(local, "answer", phone=PHONE, answer="pay")
    post(local, "deliver", times=2)
    post(local, "hold", held=False)
    post(local, "again")
    post(local, "answer", phone=str(int(PHONE) + 1), answer="cancel")
    newest, again, first = requests.get(f"{local.base_url}/simulator/callbacks", timeout=10).json()["callbacks"]
    assert first.keys() == {"url", "body", "replies"}
    assert parse_stk_callback(first["body"]).result_code == "0"
    assert first["url"] == receiver.url
    assert first["replies"] == ["answered HTTP 200"] * 2
    assert again == {**first, "replies": ["answered HTTP 200"]}
    assert (newest["url"], parse_stk_callback(newest["body"]).result_code) == ("http://127.0.0.1:9/s3cr3t", "1032")
    assert [reply.partition(":")[0] for reply in newest["replies"]] == ["did not take it"]
    assert "s3cr3t" not in repr(local.engine.callback_queue.sent)
    assert [delivery.callback for delivery in local.engine.callback_queue.sent] == list(local.callbacks)


# Deliveries


def test_several_receivers_get_their_callbacks_at_the_same_time(local: LocalDaraja) -> None:
    both = Barrier(2)

    def together(conversation: Conversation, _: Seen) -> bool:
        both.wait(4)  # a receiver that is served before the other waits in vain
        conversation.send(http("200 OK", b""))
        return False

    with raw_server(together) as one, raw_server(together) as other:
        push(local, [f"{one.address}/", f"{other.address}/"])
        post(local, "hold", held=True)
        for phone in (PHONE, str(int(PHONE) + 1)):
            post(local, "answer", phone=phone, answer="pay")
        assert post(local, "deliver") == {"deliveries": 2}
    assert [delivery.replies for delivery in local.engine.callback_queue.sent] == [("answered HTTP 200",)] * 2


def test_deliveries_stop_when_the_simulator_ends() -> None:
    called, local = Event(), LocalDaraja(timeout=0.5)

    def hang(conversation: Conversation, _: Seen) -> bool:
        called.set()
        conversation.hang()
        return False

    def deliver() -> None:
        with suppress(requests.ConnectionError):
            post(local, "deliver", times=40)

    with raw_server(hang) as slow, local:
        push(local, [f"{slow.address}/"])
        post(local, "hold", held=True)
        post(local, "answer", phone=PHONE, answer="pay")
        delivering = Thread(target=deliver)
        delivering.start()
        assert called.wait(10)
    delivering.join()
    (delivery,) = local.engine.callback_queue.sent
    assert 1 <= len(delivery.replies) < 40
