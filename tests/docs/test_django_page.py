"""The pages about Django: their very steps, in an empty folder with the wheel, lead to a paid order and rider."""

import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest
import requests

from daraja.simulator import LocalDaraja
from tests.docs.pages import DOCS
from tests.support.ports import free_port
from tests.support.unmeasured import unmeasured

PAGE: Final = DOCS / "how-to" / "django.md"
BLOCK: Final = re.compile(r"^```(?:py|html)\n(?:#|<!--) ([\w/.]+)(?: -->)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
STEPS: Final = PAGE.read_text("utf-8").partition("## Foreign keys")[0]
TESTS: Final = PAGE.read_text("utf-8").partition("## Test it")[2]
RECEIPTS: Final = (DOCS / "how-to" / "django-receipts.md").read_text("utf-8")
PAYOUTS: Final = (DOCS / "how-to" / "django-payouts.md").read_text("utf-8")
BEFORE: Final = "shop/models.py"
SETTINGS: Final = "mysite/settings.py"
OTHERS: Final = ("urllib3", "requests", "attrs", "cryptography", "django")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not (DOCS.parent / "src").is_dir(), reason="no source, so no wheel")]


class Project:
    """A project that ``startproject`` made, whose Python finds the wheel and no source."""

    def __init__(self, folder: Path, python: Path, environ: dict[str, str]) -> None:
        self.folder = folder
        self._python = python
        self.environ = environ

    def run(self, *arguments: str) -> str:
        command = [str(self._python), *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False, timeout=240
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def manage(self, *arguments: str) -> str:
        return self.run("manage.py", *arguments)

    def write(self, text: str) -> int:
        """Write what the page shows; settings and addresses are added to what is there. Return the lines written."""
        lines = 0
        for name, content in BLOCK.findall(text):
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            adds = path.exists() and name.startswith("mysite/")
            path.write_text((path.read_text("utf-8") if adds else "") + content, encoding="utf-8")
            lines += 0 if name == BEFORE else sum(bool(line.strip()) for line in content.splitlines())
        return lines

    def served(self, port: int) -> "subprocess.Popen[str]":
        command = [str(self._python), "manage.py", "runserver", "--noreload", str(port)]
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
        )


@pytest.fixture
def project(tmp_path: Path) -> Generator[tuple[Project, LocalDaraja, int]]:
    """Make a wheel, a Python that has it, and an empty project with the variables of a local Daraja."""
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-qq",
        "--no-deps",
        "--disable-pip-version-check",
        "-w",
        str(tmp_path),
    ]
    subprocess.run([*build, str(DOCS.parent)], check=True, timeout=300)
    [wheel] = tmp_path.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True, timeout=60)
    [packages] = tmp_path.glob("venv/lib/python*/site-packages")
    zipfile.ZipFile(wheel).extractall(packages)
    (packages / "others.pth").write_text(str(Path(requests.__file__).parents[1]), encoding="utf-8")
    python = tmp_path / "venv" / "bin" / "python"
    folder = tmp_path / "mysite"
    folder.mkdir()
    with LocalDaraja(port=0) as local:
        port = free_port()
        left_out = ("MPESA_", "DJANGO_", "PYTHONPATH")
        environ = {name: value for name, value in unmeasured().items() if not name.startswith(left_out)}
        shown = dict(re.findall(r"(MPESA_\w+)=(\S+)", STEPS))
        callback_url = shown["MPESA_CALLBACK_URL"].replace(":8000", f":{port}")
        environ |= shown | {"MPESA_BASE_URL": local.base_url, "MPESA_CALLBACK_URL": callback_url}
        made = Project(folder, python, environ)
        made.run("-m", "django", "startproject", "mysite", ".")
        made.manage("startapp", "shop")
        settings = folder / SETTINGS
        text = settings.read_text("utf-8").replace("INSTALLED_APPS = [", 'INSTALLED_APPS = [\n    "shop",')
        settings.write_text(text, encoding="utf-8")
        yield made, local, port


def test_the_steps_lead_from_startproject_to_a_paid_order(project: tuple[Project, LocalDaraja, int]) -> None:
    made, local, port = project
    assert "venv" in made.run("-c", "import daraja; print(daraja.__file__)")
    assert made.write(STEPS) <= 40, "the shop writes at most 40 lines"
    made.manage("makemigrations", "shop")
    made.manage("migrate", "-v", "0")
    assert "no issues" in made.manage("check")
    assert "No changes detected" in made.manage("makemigrations", "--check", "--dry-run")
    made.manage("shell", "-c", 'from shop.models import Order; Order.objects.create(number="ORD-1", total=500)')

    server = made.served(port)
    try:
        pay(f"http://127.0.0.1:{port}/pay/ORD-1/", local)
    finally:
        server.terminate()
        server.wait(30)
    paid = 'from shop.models import Order; print("paid at", Order.objects.get().paid_at)'
    assert "paid at 20" in made.manage("shell", "-c", paid)
    assert "nothing was due" in made.manage("daraja_reconcile")
    assert "FAULT" not in made.manage("daraja_doctor")


def pay(page: str, local: LocalDaraja) -> None:
    """Do what a customer does in a browser and on the phone."""
    with requests.Session() as browser:
        form = ""
        while not form:
            try:
                form = browser.get(page, timeout=30).text
            except requests.ConnectionError:
                time.sleep(0.1)
        [token] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        assert "Enter a Kenyan mobile number" in browser.post(page, {"csrfmiddlewaretoken": token, "phone": "?"}).text
        shown = browser.post(page, {"csrfmiddlewaretoken": token, "phone": "0712 345 678"}, timeout=30).text
        assert "PIN" in shown
        local.pay("0712345678")
        while "arrived" not in browser.get(page, timeout=30).text:
            time.sleep(0.1)


@pytest.mark.parametrize(
    ("more", "tests"),
    [(TESTS, "test_sale.py"), (PAYOUTS, "test_payday.py"), (RECEIPTS, "test_by_hand.py")],
    ids=["payments", "payouts", "receipts"],
)
def test_its_tests_pass_without_any_variable(project: tuple[Project, LocalDaraja, int], more: str, tests: str) -> None:
    made, _, _ = project
    made.write(STEPS + more)
    made.manage("makemigrations", "shop")
    for name in [name for name in made.environ if name.startswith("MPESA_")]:
        del made.environ[name]
    made.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
    assert "1 passed" in made.run("-m", "pytest", "-q", "-p", "no:cacheprovider", tests)
    made.manage("test")
