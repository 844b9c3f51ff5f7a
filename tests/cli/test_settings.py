"""The file of settings, and what a command says about doubtful settings."""

from pathlib import Path

import pytest

from daraja.simulator import LocalDaraja
from tests.cli.conftest import Run, settings_for

INVENTED = "ws_CO_01012026101112000712345678"


def test_a_file_replaces_the_variables(
    run: Run, local: LocalDaraja, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mpesa.env"
    lines = [f"{name}='{value}' # a comment" for name, value in settings_for(local).items()]
    file.write_text("\n".join(["# the shop's", "", f"export {lines[0]}", *lines[1:]]))
    file.chmod(0o600)
    monkeypatch.setenv("MPESA_BASE_URL", "http://127.0.0.1:9")
    assert run("query", INVENTED, "--env-file", str(file)).status == 0


@pytest.mark.skipif("os.name != 'posix'", reason="only there a file has a mode")
def test_a_file_that_others_can_read_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mpesa.env"
    file.write_text("MPESA_PASSKEY=0123456789abcdef")
    file.chmod(0o640)
    ended = run("balance", "--env-file", str(file))
    assert ended.status == 2
    assert f"Others can read {file}, and it holds secrets. Run: chmod 600 {file}" in " ".join(ended.err.split())


@pytest.mark.parametrize("line", ["MPESA_PASSKEY", "MPESA_PASSKEY=two words", "MPESA_PASSKEY='open"])
def test_a_line_that_is_no_variable_is_named_without_its_content(run: Run, tmp_path: Path, line: str) -> None:
    file = tmp_path / "mpesa.env"
    file.write_text(f"# mine\n{line}\n")
    file.chmod(0o600)
    ended = run("balance", "--env-file", str(file))
    assert ended.status == 2
    assert "line 2: this is not a variable" in ended.err
    assert "PASSKEY" not in ended.err


@pytest.mark.usefixtures("local")
def test_a_warning_about_the_settings_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPESA_CALLBACK_URL", "https://duka.co.ke/mpesa/callback/")
    ended = run("query", INVENTED)
    assert ended.status == 0
    assert ended.err.startswith("Warning: callback_url holds mpesa")
