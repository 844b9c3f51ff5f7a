"""What the README shows runs as it stands."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_runs(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    exec(compile(example, str(README), "exec"), names)  # noqa: S102 - our own README
    if "receive" in names:
        receive = names["receive"]
        assert callable(receive)
        receive(b'{"Body": {"stkCallback": {"ResultCode": 0, "MerchantRequestID": "1-1-1"}}}')
        assert capsys.readouterr().out == "KES None, receipt None, for 1-1-1\n"
        receive(b"nonsense")
        assert capsys.readouterr().out.startswith("kept for a person to look at: ")


def test_there_are_examples_to_run() -> None:
    assert len(EXAMPLES) == 4
