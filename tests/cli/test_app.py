"""The program itself: how it starts, what it lists, and how it ends."""

import logging
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from daraja.cli import main
from daraja.cli.app import app
from daraja.simulator import LocalDaraja
from daraja.version import __version__
from tests.cli.conftest import Run
from tests.cli.terminal import TERMINAL, Terminal

COMMAND = [sys.executable, "-m", "daraja"]


def test_every_command_explains_itself_within_80_columns(run: Run) -> None:
    for name in app.commands:
        ended = run(name, "--help")
        assert ended.status == 0
        assert ended.out.startswith("usage: " if name == "simulate" else f"Usage: daraja-kit {name} ")


def test_the_list_of_commands_shows_whole_sentences(run: Run) -> None:
    ended = run("--help")
    assert ended.status == 0
    assert "..." not in ended.out.partition("Commands:")[2]
    assert "\n    eval " in ended.out, "the line to copy is a line"
    assert "\\b" not in ended.out
    assert run("--version").out == f"daraja-kit, version {__version__}\n"


@pytest.mark.parametrize("name", [name for name in app.commands if name != "simulate"])
def test_every_command_can_print_json(name: str) -> None:
    assert "as_json" in [option.name for option in app.commands[name].params]


@pytest.mark.parametrize("name", app.commands)
def test_no_command_takes_a_secret_as_an_argument(name: str) -> None:
    words = {str(option.name) for option in app.commands[name].params}
    assert not any(part in word for word in words for part in ("secret", "passkey", "password", "credential"))


def test_output_that_nobody_reads_ends_the_command_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert main(["explain", "stk"]) == 128 + signal.SIGPIPE


def test_head_gets_its_lines_and_no_complaint() -> None:
    bodies = "\n".join(['{"Body": 1}'] * 5_000)
    command = f"{shlex.join(COMMAND)} read --json | head -1; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(
        ["/bin/bash", "-c", command], input=bodies, capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stderr == ""
    assert ended.stdout.splitlines()[1:] == ["141"]


def test_wrong_use_has_exit_status_2(run: Run) -> None:
    assert run("no-such-command").status == 2
    assert run("phone", "--no-such-option").status == 2


def test_the_shell_completes_commands() -> None:
    environ = {**os.environ, "_DARAJA_KIT_COMPLETE": "bash_complete", "COMP_WORDS": "daraja-kit ex", "COMP_CWORD": "1"}
    ended = subprocess.run(COMMAND, capture_output=True, text=True, env=environ, check=False, timeout=60)
    assert ended.stdout == "plain,explain\n"


def test_it_says_what_to_install_without_the_extra() -> None:
    program = "import sys; sys.modules['click'] = None; from daraja.cli import main; sys.exit(main([]))"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == 'The command line needs click and rich; install them with: pip install "daraja-kit[cli]"\n'


def test_another_missing_module_is_not_taken_for_the_extra() -> None:
    program = "import sys; sys.modules['json'] = None; from daraja.cli import main; sys.exit(main([]))"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 1
    assert "ModuleNotFoundError" in ended.stderr


def test_a_terminal_gets_colours_and_a_pipe_does_not() -> None:
    arguments = [*COMMAND, "explain", "stk", "1032"]
    environ = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | TERMINAL
    piped = subprocess.run(arguments, capture_output=True, text=True, env=environ, check=True, timeout=60)
    assert "\x1b[" not in piped.stdout
    with Terminal(arguments, environ) as terminal:
        shown = terminal.rest()
    assert "\x1b[" in shown
    assert "Cancelled by the customer" in shown


def test_an_error_of_a_database_is_a_sentence_and_another_one_is_not_hidden(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Error(Exception):
        pass

    @click.command()
    def fail() -> None:
        raise Error("no route to 0712345678\nand more")

    monkeypatch.setitem(app.commands, "fail", fail)
    with pytest.raises(Error):
        main(["fail"])
    monkeypatch.setattr(Error, "__module__", "sqlalchemy.exc")
    ended = run("fail")
    assert (ended.status, ended.err) == (1, "Error: The database failed: Error: no route to 07*****678.\n")


def test_the_log_repeats_no_error_of_a_command(run: Run, local: LocalDaraja, monkeypatch: pytest.MonkeyPatch) -> None:
    del local
    monkeypatch.setenv("MPESA_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(logging, "lastResort", None)
    ended = run("query", "ws_CO_01012026101112000712345678")
    assert ended.status == 1
    assert ended.err.count("is the local Daraja running?") == 1
    assert any(isinstance(one, logging.NullHandler) for one in logging.getLogger("daraja").handlers)


@pytest.mark.usefixtures("local")
def test_the_checkout_of_a_django_project_is_found(tmp_path: Path) -> None:
    environ = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.django.project.settings"}
    environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])

    def run_in_folder(*command: str) -> "subprocess.CompletedProcess[str]":
        command = (sys.executable, "-m", *command)
        return subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)

    listed = "daraja", "payments", "--checkout", "daraja.django:checkout"
    ended = run_in_folder(*listed)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Error: The database failed: OperationalError: no such table: ")
    assert ended.stderr.endswith(". If a table is missing, run: python manage.py migrate\n")
    run_in_folder("django", "migrate")
    ended = run_in_folder(*listed)
    assert (ended.returncode, ended.stdout.split()[:2]) == (0, ["Nothing", "is"]), ended.stderr
