"""The command ``python -m daraja.simulator``."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from http.client import HTTPException
from json import JSONDecodeError

import pytest

from daraja import Config
from daraja.simulator import Engine, LocalDaraja
from daraja.simulator.__main__ import main
from daraja.simulator.products.stk.scenarios import MAGIC_NUMBERS
from tests.simulator.receiver import Receiver
from tests.simulator.served import shop_at
from tests.simulator.shop import PHONE, callback_of, refusal_of

COMMAND = [sys.executable, "-m", "daraja.simulator"]


@pytest.mark.usefixtures("interruptible")
def test_the_command_serves_until_it_is_interrupted() -> None:
    command = [*COMMAND, "--port", "0", "--answer", "pay", "--delay", "0"]
    with (
        Receiver() as receiver,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdout is not None
        shown = process.stdout.readline()
        shop_at(shown.split()[5]).authorise().pushed(CallBackURL=receiver.url)
        assert callback_of(receiver.next())["ResultCode"] == 0
        for line in process.stdout:
            shown += line
            if "receiver" in line:
                break
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    assert (process.returncode, rest, errors) == (0, "", "")
    assert f"  {shown.split()[5]}/      shows the phones: " in shown
    assert "any other        does this by itself: pay\n" in shown
    assert "254700001032     cancels (1032)\n" in shown
    assert "174379" in shown
    assert "answered HTTP 200\n" in shown
    assert PHONE[3:] not in shown
    assert shown.isascii()


def test_the_command_says_that_a_port_is_in_use() -> None:
    with LocalDaraja() as local:
        port = local.base_url.rpartition(":")[2]
        ended = subprocess.run([*COMMAND, "--port", port], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"The local Daraja cannot start: port {port} of 127.0.0.1 cannot be used ({os.strerror(errno.EADDRINUSE)}); "
        "stop what uses it, or take another with --port.\n"
    )


def test_the_command_refuses_production(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("MPESA_ENVIRONMENT", " Production")
    assert main(["--port", "0"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == ("MPESA_ENVIRONMENT is production, and no local Daraja replaces it; unset it here.\n")


def test_the_command_warns_if_others_can_reach_it(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:  # noqa: S104 - nobody is answered there
        assert main(["--host", "0.0.0.0", "--port", str(taken.getsockname()[1])]) == 2  # noqa: S104 - it never gets there
    assert "Warning: everybody who can reach 0.0.0.0 can press every button here" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "http"], "'http' is not a port; give a number from 0 (any free one) to 65535"),
        (["--port", "70000"], "'70000' is not a port"),
        (["--delay", "soon"], "'soon' is not a time to wait; give seconds from 0 to 3600"),
        (["--delay", "-1"], "'-1' is not a time to wait"),
        (["--delay", "nan"], "'nan' is not a time to wait"),
        (["--answer", "maybe"], "invalid choice: 'maybe'"),
        (["--busy", "-1"], "'-1' is not a time to wait"),
        (["--queries", "0"], "'0' is not a rate; give a number of queries a minute, from 1"),
        (["--queries", "five"], "'five' is not a rate"),
    ],
)
def test_the_command_names_a_wrong_argument(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_the_command_lists_the_magic_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    products = [product for product in Engine().products if product.magic_numbers]
    titles = [line for line in lines if line and not line.startswith(" ")]
    assert titles == ["Result codes", *(product.title for product in products)]
    rows = [row for product in products for row in product.magic_numbers]
    listed = [line for line in lines[lines.index(products[0].title) :] if line.startswith(" ")]
    assert [line.split()[:2] for line in listed] == [[row.number, row.name] for row in rows]
    assert all(line.endswith(f"  {row.about}") for line, row in zip(listed, rows, strict=True))
    assert rows[: len(MAGIC_NUMBERS)] == [*MAGIC_NUMBERS]


@pytest.mark.usefixtures("interruptible")
def test_the_command_prints_json_for_programs() -> None:
    command = [*COMMAND, "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        start = json.loads(process.stdout.readline())
        config = Config.from_env(start["settings"])
        shop_at(start["url"]).authorise()
        event = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert config.environment.base_url == start["url"]
    assert config.initiator is not None
    assert (event["number"], event["kind"]) == (1, "token")


def test_the_command_ends_quietly_when_nobody_reads_it_any_more() -> None:
    command = [*COMMAND, "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        shop = shop_at(json.loads(process.stdout.readline())["url"])
        process.stdout.close()
        with suppress(OSError, HTTPException, JSONDecodeError):  # it may end before it has answered, or in between
            shop.authorise()
        errors = process.stderr.read()
    assert (process.returncode, errors) == (128 + signal.SIGPIPE, "")


def test_the_list_ends_quietly_when_nobody_reads_it_any_more() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        ended = subprocess.run(
            [*COMMAND, "--list"], stdout=pipe, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )
    assert (ended.returncode, ended.stderr) == (128 + signal.SIGPIPE, "")


def test_the_list_of_magic_numbers_can_be_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    numbers = [row.number for product in Engine().products for row in product.magic_numbers]
    assert [row["number"] for row in rows] == numbers


@pytest.mark.usefixtures("interruptible")
def test_the_command_passes_its_options_on() -> None:
    command = [*COMMAND, "--port", "0", "--busy", "0", "--queries", "5", "--one-token"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        shop = shop_at(process.stdout.readline().split()[5])
        old = shop.authorise().token
        shop.authorise()
        shop.pushed()
        asked = shop.pushed()
        statuses = [shop.query(asked).status, shop.query(asked).status]
        shop.token = old
        refused = shop.push()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert (process.returncode, statuses) == (0, [200, 429])
    assert refusal_of(refused)[1] == "404.001.03"
