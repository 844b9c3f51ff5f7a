"""Money, balances and charges: exact in every text that M-Pesa has for them, and None for anything else."""

from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import Balance, Charge
from daraja.api.amounts import read_balances, read_charges, read_money

JAVA: Final = "{Amount={CurrencyCode=KES, MinimumAmount=618683, BasicAmount=6186.83}}"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (1500, "1500"),
        (-4510, "-4510"),
        (0, "0"),
        (Decimal("22.40"), "22.40"),
        (22.4, "22.4"),
        (Decimal("1E+3"), "1E+3"),
        ("1500", "1500"),
        (" 5.00 ", "5.00"),
        ("-1980.0", "-1980.0"),
        ("+7", "7"),
        ("1,234,567.89", "1234567.89"),
        ("KES 10", "10"),
        ("ksh. 10.50", "10.50"),
        ("10.00 KES", "10.00"),
        ("Fee For B2C Payment|KES|22.40", "22.40"),
        (JAVA, "6186.83"),
        ("{CurrencyCode=KES, MinimumAmount=618683}", "6186.83"),
        ("{amount={basicamount= 5}}", "5"),
        ({"Amount": {"CurrencyCode": "KES", "MinimumAmount": 618683, "BasicAmount": Decimal("6186.83")}}, "6186.83"),
        ({"BasicAmount": "6186.83"}, "6186.83"),
        ({"MinimumAmount": "618683"}, "6186.83"),
        ({"amount": 5}, "5"),
        ([10], "10"),
        (["10.00"], "10.00"),
    ],
)
def test_money_is_read_exactly(written: object, read: str) -> None:
    amount = read_money(written)
    assert amount == Decimal(read)
    assert str(amount) == read


@pytest.mark.parametrize(
    "written",
    [
        None,
        True,
        "",
        " ",
        "abc",
        "10,00",
        "1,23,4",
        "1e5",
        "NaN",
        "Infinity",
        "--5",
        "5.",
        ".5",
        "٣",
        "1" * 17,
        10**16,
        -(10**16),
        Decimal("NaN"),
        Decimal("-Infinity"),
        Decimal("1E+999999"),
        Decimal("1E-999999"),
        float("nan"),
        float("inf"),
        1e300,
        [],
        [1, 2],
        [[5]],
        {},
        {"Amount": None},
        {"Amount": {"BasicAmount": {"BasicAmount": 5}}},
        {"MinimumAmount": {}},
        {5: 5},
        "a|KES|x",
        "a|KES|1|2",
        "BasicAmount=1.2.3",
        object(),
    ],
)
def test_a_text_that_is_not_money_is_none(written: object) -> None:
    assert read_money(written) is None


def test_balances_name_four_numbers_in_the_order_that_arithmetic_proves() -> None:
    balances = read_balances(["Working Account|KES|346568.83|6186.83|340382.00|0.00"])
    assert balances == {
        "Working Account": Balance(
            "Working Account", "KES", Decimal("346568.83"), Decimal("6186.83"), Decimal("340382.00"), Decimal("0.00")
        )
    }


@pytest.mark.parametrize(
    ("written", "balance"),
    [
        ("A|KES|1", Balance("A", "KES", Decimal(1))),
        ("A|KES|1|2", Balance("A", "KES", Decimal(1), Decimal(2))),
        ("A|1|2|3|4", Balance("A", None, Decimal(1), Decimal(2), Decimal(3), Decimal(4))),
        ("A|KES|1|?|3|4|5", Balance("A", "KES", Decimal(1), None, Decimal(3), Decimal(4))),
        (" A | KES | -1.50 ", Balance("A", "KES", Decimal("-1.50"))),
        ("A|KES|1,000.00|0", Balance("A", "KES", Decimal("1000.00"), Decimal(0))),
    ],
)
def test_numbers_may_be_missing(written: str, balance: Balance) -> None:
    assert read_balances([written]) == {"A": balance}


@pytest.mark.parametrize("written", ["", "A", "A|KES", "A|KES|x", "|KES|1", "&", 5, None, {}, [5], JAVA])
def test_a_text_that_is_not_an_account_is_left_out(written: object) -> None:
    assert read_balances([written]) == {}


def test_several_accounts_are_joined() -> None:
    for written in ("A|KES|1&B|KES|2", "A|KES|1&amp;B|KES|2", "A|KES|1&&B|KES|2&A|KES|9", ["A|KES|1", "B|KES|2", 5]):
        balances = read_balances([written])
        assert {name: balance.current for name, balance in balances.items()} == {"A": Decimal(1), "B": Decimal(2)}


@pytest.mark.parametrize(
    ("written", "charges"),
    [
        ("Fee|KES|22.40", [Charge("Fee", "KES", Decimal("22.40"))]),
        (
            "Fee|KES|1.00&Other Fee|KES|2",
            [Charge("Fee", "KES", Decimal("1.00")), Charge("Other Fee", "KES", Decimal(2))],
        ),
        ("Fee|22.40", [Charge("Fee", None, Decimal("22.40"))]),
        ("22.40", [Charge("Charge", None, Decimal("22.40"))]),
        (22, [Charge("Charge", None, Decimal(22))]),
        (Decimal("1E+1"), [Charge("Charge", None, Decimal(10))]),
        ("", []),
        ("Fee|KES|", []),
        ("Fee|KES|1|2", []),
        ("nothing", []),
        (None, []),
    ],
)
def test_charges_have_a_name_and_an_amount(written: object, charges: list[Charge]) -> None:
    assert list(read_charges([written])) == charges


def test_no_charge_is_an_empty_tuple() -> None:
    assert read_charges([]) == ()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["Amount", "BasicAmount"]), inner),
    max_leaves=8,
)


@given(values)
def test_any_value_gives_an_exact_amount_or_none(value: object) -> None:
    amount = read_money(value)
    assert amount is None or (amount.is_finite() and len(f"{amount:f}") < 80)
    assert isinstance(read_balances([value]), dict)
    assert isinstance(read_charges([value]), tuple)


@given(st.decimals(-(10**12), 10**12, places=2))
def test_every_amount_comes_back(amount: Decimal) -> None:
    written = [amount, str(amount), f"{amount:,}", f"Words|KES|{amount}", f"{{BasicAmount={amount}}}", [str(amount)]]
    assert {read_money(each) for each in written} == {amount}
