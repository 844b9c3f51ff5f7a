"""What a type checker makes of a program that uses every product; it is read by the checkers and never run."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import assert_type

from daraja import (
    Accepted,
    AsyncDaraja,
    B2cPayment,
    BillAnswer,
    BillerKey,
    BongaValue,
    CustomerName,
    Daraja,
    IncomingPayment,
    Invoice,
    InvoiceItem,
    LastSwap,
    Organisation,
    PromptAccepted,
    PullPage,
    QrCode,
    Registered,
    Secret,
    to,
)


def pay_out(client: Daraja) -> None:
    """A receiver is a value of ours or, where only one kind can be meant, its text."""
    paid = client.b2c_payment(to="0712345678", amount=Decimal(500), originator_conversation_id="a")
    assert_type(paid, Accepted)
    assert_type(paid.conversation_id, str | None)
    mobile = to.Mobile("0712345678", id_number="12345678")
    client.b2c_payment(to=mobile, amount=500, originator_conversation_id="a", command="SalaryPayment", version="v3")
    assert_type(client.pochi_payment(to=to.Pochi("07"), amount=10, originator_conversation_id="a"), Accepted)
    assert_type(client.b2b_payment(to=to.PayBillAccount("888880", account="17"), amount=5), Accepted)
    assert_type(client.b2b_payment(to=to.TillNumber("5050505"), amount=5, requester="07"), Accepted)
    assert_type(client.b2c_top_up(amount=5, to=to.BulkAccount("600996")), Accepted)
    assert_type(client.float_transfer(amount=5), Accepted)
    assert_type(client.tax_payment(to="2020160000012345", amount=5, result_url=Secret("https://a.example")), Accepted)
    assert_type(client.run(B2cPayment(to="07", amount=10, originator_conversation_id="a")), Accepted)
    client.b2c_payment(to="07", amount=10)  # type: ignore[call-arg]
    client.b2c_payment(to="07", amount=10, originator_conversation_id="a", command="Gift")  # type: ignore[arg-type]
    client.b2b_payment(to="888880", amount=5)  # type: ignore[arg-type]
    client.b2b_payment(to=to.Mobile("07"), amount=5)  # type: ignore[arg-type]


def follow_up(client: Daraja) -> None:
    """Questions are accepted, and answered at an address."""
    assert_type(client.reversal(receipt="RKL51ZDR4F", amount=5), Accepted)
    assert_type(client.transaction_status(receipt="RKL51ZDR4F"), Accepted)
    assert_type(client.transaction_status(originator_conversation_id="a"), Accepted)
    assert_type(client.account_balance(shortcode="600996"), Accepted)
    client.reversal("RKL51ZDR4F", amount=5)  # type: ignore[call-arg]


def collect(client: Daraja) -> None:
    """Whoever is prompted has not paid yet."""
    express = client.b2b_express(till="5050505", amount=5, reference="A", partner="Duka", request_id="a")
    assert_type(express, PromptAccepted)
    order = client.standing_order(
        phone="07", amount=5, name="Rent", reference="A", starts=date.min, ends=date.max, frequency="monthly"
    )
    assert_type(order, PromptAccepted)
    assert_type(client.dynamic_qr(merchant="Duka", amount=5, reference="A", kind="till"), QrCode)
    assert_type(client.c2b_register(confirmation_url="https://a", validation_url="https://b"), Registered)
    assert_type(client.c2b_simulate(phone="07", amount=5, reference="A"), Accepted)
    assert_type(client.pull_register(callback_url="https://a"), Registered)
    page = client.pull_transactions(since=datetime.now(UTC), until=datetime.now(UTC))
    assert_type(page, PullPage)
    assert_type(page.payments[0], IncomingPayment)
    assert_type(page.next_offset, int | None)
    client.dynamic_qr(merchant="Duka", amount=5, reference="A", kind="PB")  # type: ignore[arg-type]


def look_up(client: Daraja) -> None:
    """Look-ups answer at once."""
    assert_type(client.organisation_info("888880", kind="till"), Organisation)
    assert_type(client.organisation_info("888880").name, str)
    assert_type(client.hakikisha("07"), CustomerName)
    assert_type(client.sim_swap("07"), LastSwap)
    assert_type(client.sim_swap("07").at, datetime | None)
    assert_type(client.bonga_points(40), BongaValue)
    redeemed = client.bonga_redeem(phone="07", points=40, amount=8, rate=Decimal("0.2"), reference="A")
    assert_type(redeemed, PromptAccepted)
    client.organisation_info(shortcode="888880")  # type: ignore[call-arg]


def bills(client: Daraja) -> None:
    """Bill Manager takes invoices that are checked already."""
    key = client.bill_opt_in(email="a@b.example", contact="07", callback_url="https://a")
    assert_type(key, BillerKey)
    assert_type(key.app_key, Secret)
    invoice = Invoice(
        reference="17",
        name="Jane",
        phone="07",
        period="January",
        title="Fees",
        due=date.max,
        account="A",
        amount=5,
        items=[InvoiceItem("Food", Decimal(5))],
    )
    assert_type(invoice.amount, int)
    assert_type(client.bill_update(email="a@b.example", contact="07", callback_url="https://a"), BillAnswer)
    assert_type(client.bill_invoice(invoice), BillAnswer)
    assert_type(client.bill_invoices([invoice]), BillAnswer)
    assert_type(client.bill_cancel("17", "18"), BillAnswer)
    told = client.bill_acknowledge(
        receipt="R", amount=5, paid_on=date.max, account="A", phone="07", name="Jane", title="Fees", reference="17"
    )
    assert_type(told, BillAnswer)
    client.bill_invoices(["17"])  # type: ignore[list-item]


async def awaited(client: AsyncDaraja) -> None:
    """The methods are those of the sync client, awaited."""
    assert_type(await client.b2c_payment(to="07", amount=10, originator_conversation_id="a"), Accepted)
    assert_type(await client.b2b_payment(to=to.TillNumber("5050505"), amount=5), Accepted)
    assert_type(await client.pull_transactions(since=datetime.now(UTC), until=datetime.now(UTC)), PullPage)
    assert_type(await client.organisation_info("888880"), Organisation)
    assert_type(await client.bill_cancel("17"), BillAnswer)
    await client.b2c_payment(to="07", amount=10)  # type: ignore[call-arg]
