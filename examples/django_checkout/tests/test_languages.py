"""The pages and the API speak Swahili to whoever asks for it, and no sentence is left in English."""

import ast
import re
from pathlib import Path
from typing import Final

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.test import Client

import payments
import shop as shop_package
from daraja.simulator import Answer
from reader import CHECKOUT, WAITING, logged_in, text_of
from shops import Shop

FOLDERS: Final = [Path(package.__file__ or "").parent for package in (payments, shop_package)]
PO: Final = FOLDERS[1] / "locale" / "sw" / "LC_MESSAGES" / "django.po"
IN_TEMPLATES: Final = re.compile(r'{% translate "([^"]+)"|{% blocktranslate[^%]*%}(.*?){% endblocktranslate', re.DOTALL)
MARKS: Final = {"_", "gettext", "gettext_lazy", "gettext_noop"}
SWAHILI: Final = {"Accept-Language": "sw-KE,sw;q=0.9,en;q=0.8"}


def catalogue() -> dict[str, str]:
    with PO.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def said_in_templates() -> set[str]:
    pages = (page.read_text("utf-8") for page in FOLDERS[1].rglob("*.html"))
    said = {plain or block for page in pages for plain, block in IN_TEMPLATES.findall(page)}
    return {re.sub(r"{{ (\w+)[^}]*}}", r"%(\1)s", words) for words in said}


def said_in_python() -> set[str]:
    files = (ast.parse(file.read_text("utf-8")) for folder in FOLDERS for file in folder.rglob("*.py"))
    calls = (node for file in files for node in ast.walk(file) if isinstance(node, ast.Call))
    marked = (call for call in calls if ast.unparse(call.func) in MARKS and call.args)
    return {str(first.value) for call in marked if isinstance(first := call.args[0], ast.Constant)} - {
        "English",
        "Swahili",
    }


def test_every_sentence_has_a_translation_with_the_same_places() -> None:
    known = catalogue()
    assert said_in_templates() | said_in_python() <= known.keys()
    for english, swahili in known.items():
        places = re.compile(r"%\(\w+\)s|{\w*}|<[^>]+>")
        assert sorted(places.findall(english)) == sorted(places.findall(swahili)), english
        assert swahili


def test_what_is_read_is_what_was_written() -> None:
    with PO.with_suffix(".mo").open("rb") as file:
        assert {str(message.id): str(message.string) for message in read_mo(file) if message.id} == catalogue()


@pytest.mark.parametrize("answer", [None, Answer.PAY, Answer.CANCEL])
def test_a_customer_pays_in_swahili(shop: Shop, answer: Answer | None) -> None:
    browser = logged_in(shop)
    assert "Nambari ya simu ya M-Pesa" in text_of(browser.get(CHECKOUT, headers=SWAHILI))
    shop.push()
    if answer is not None:
        shop.answer(answer)
    page = browser.get(WAITING, headers=SWAHILI)
    assert '<html lang="sw">' in page.content.decode()
    shown = {
        None: "Angalia simu yako Weka PIN yako",
        Answer.PAY: "Imelipwa Asante, malipo yako yamefika.",
        Answer.CANCEL: "Haijalipwa Ombi la malipo lilighairiwa",
    }[answer]
    assert shown in text_of(page)
    assert "haijakaguliwa" in text_of(page)


def test_thousands_are_grouped_in_swahili_too(shop: Shop) -> None:
    shop.order.amount = 250_000
    shop.order.save()
    assert "Lipa KES 250,000" in text_of(logged_in(shop).get(CHECKOUT, headers=SWAHILI))


def test_the_api_speaks_it_too(shop: Shop) -> None:
    path = f"/api/orders/{shop.order.pk}/payment-status/"
    assert shop.api.get(path, headers=SWAHILI).json()["message"] == "Oda hii bado haijalipwa."
    assert Client().get("/api/users/me/", headers=SWAHILI).json() == {"detail": "Tafadhali ingia kwanza."}
