"""Log lines without numbers and secrets, in a file for its owner only."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from daraja.django.logs import MaskingFormatter, PrivateFileHandler, logging_to


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_the_log_is_for_its_owner_only_also_after_it_was_moved(tmp_path: Path) -> None:
    file = tmp_path / "debug.log"
    handler = PrivateFileHandler(file, delay=True)
    for line in ("one", "two"):
        handler.emit(logging.makeLogRecord({"msg": line}))
        assert (file.read_text(), oct(file.stat().st_mode & 0o777)) == (f"{line}\n", "0o600")
        file.rename(tmp_path / line)
    handler.close()


def test_no_line_of_the_log_has_a_number_and_every_key_stays_whole() -> None:
    key = "0123456789abcdef0123456789abcdef"
    error = ValueError("of 254712345678")
    record = logging.LogRecord("payments", logging.ERROR, "", 1, "%s of 0712345678", (key,), (ValueError, error, None))
    line = MaskingFormatter("{message}", style="{").format(record)

    assert line == f"{key} of 07*****678\nValueError: of 2547*****678"


def test_no_line_of_the_log_lets_one_speak_for_safaricom() -> None:
    key, signature = "0123456789abcdef" * 2, "f0e1d2c3" * 8
    path = f"/api/payments/callback/1a{key}{signature}/"
    record = logging.LogRecord("django.request", logging.ERROR, "", 1, "Service Unavailable: %s", (path,), None)

    assert MaskingFormatter().format(record) == f"Service Unavailable: /api/payments/callback/{key} signed/"


def test_the_log_of_a_project_is_set_by_one_line(tmp_path: Path) -> None:
    file = tmp_path / "debug.log"
    lines = (
        "import logging, logging.config",
        f"logging.config.dictConfig({logging_to(file, 'shop', level='WARNING')!r})",
        "for name in ('daraja', 'django.request', 'shop', 'other'):",
        "    logging.getLogger(name).warning('%s of 254712345678', name)",
        "    logging.getLogger(name).info('left out')",
    )
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True, timeout=60)
    assert [line.split("WARNING ")[1] for line in file.read_text().splitlines()] == [
        "daraja daraja of 2547*****678",
        "django.request django.request of 2547*****678",
        "shop shop of 2547*****678",
    ]
