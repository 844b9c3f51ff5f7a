"""Every statement finds its rows by an index and sorts none."""

from contextlib import closing
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import create_engine, insert, text
from sqlalchemy.sql import ClauseElement

from daraja.stores.sql import SqlStore, metadata
from daraja.stores.sql.rows import record_values
from daraja.stores.sql.schema import PAYMENTS
from daraja.stores.sql.statements import Statements
from tests.support.payments import START, a_payment

MANY: Final = 50_000
"""Rows from which on a server has to prefer an index; with a million it would all the more."""

UNIQUE: Final = {
    "pk_daraja_payments",
    "uq_daraja_payments_checkout_request_id_environment",
    "uq_daraja_payments_receipt_environment",
    "uq_daraja_payments_paid_order",
}
INDEXES: Final = {
    "load": {"pk_daraja_payments"},
    "find": {"uq_daraja_payments_checkout_request_id_environment"},
    "find_in_account": set[str](),  # each form has its own
    "attempts": {"uq_daraja_payments_order_attempt"},
    "swap": UNIQUE,
    "swap_with_history": UNIQUE,
    "due": {"ix_daraja_payments_next_check_at"},
    "count_due": {"ix_daraja_payments_next_check_at"},
    "need_attention": {"ix_daraja_payments_needs_attention"},
    "place": {"pk_daraja_payments"},
    "erase": {"pk_daraja_payments"},
    "delete_history": {"ix_daraja_payments_history_key"},
    "delete_processed": {"ix_daraja_payments_callbacks_key"},
    "callbacks": {"ix_daraja_payments_callbacks_key"},
    "history": {"ix_daraja_payments_history_key"},
    "record": {"ix_daraja_payments_callbacks_key"},
    "mark_processed": set[str](),
    "unprocessed": {"ix_daraja_payments_callbacks_unprocessed"},
    "purge": {"pk_daraja_payments_callbacks", "ix_daraja_payments_callbacks_received_at"},
}
SORTED: Final = {"callbacks", "ix_daraja_payments_next_check_at"}
"""What is sorted all the same: the callbacks of a record, a hundred at most, and what a wrong clock put far away."""
LISTS: Final = {
    frozenset[str](): "ix_daraja_payments_created_at",
    frozenset({"after_key"}): "ix_daraja_payments_created_at",
    frozenset({"after_key", "since", "until"}): "ix_daraja_payments_created_at",
    frozenset({"after_key", "environment", "shortcode", "tenant"}): "ix_daraja_payments_created_at",
    frozenset({"after_key", "status"}): "ix_daraja_payments_status",
    frozenset({"after_key", "status", "environment", "shortcode", "tenant"}): "ix_daraja_payments_status",
    frozenset({"check_after", "environment", "shortcode", "tenant"}): "ix_daraja_payments_next_check_at",
    frozenset({"phone"}): "ix_daraja_payments_phone",
    frozenset({"after_key", "phone", "environment", "shortcode", "tenant"}): "ix_daraja_payments_phone",
}
"""What limits a list, and the index that finds it."""
FILL: Final = f"""
INSERT INTO daraja_payments
SELECT md5(i::text), 'simulator', '600111', '', i::text, 'ws_CO_' || i, 'R' || i, 'A', 5, 'ORD-' || i, 1,
       CASE WHEN i % 1000 = 0 THEN 'ORD-' || i END, CASE WHEN i % 1000 > 0 THEN 'ORD-' || i END, 254700000000 + i,
       CASE WHEN i % 1000 = 0 THEN 'pending' ELSE 'success' END, i % 1000 = 0,
       :start + i * interval '1 second', :start,
       CASE WHEN i % 1000 = 0 THEN :start + i * interval '1 second' END, :start, 1, '{{}}'
FROM generate_series(1, {MANY}) AS i;
INSERT INTO daraja_payments_history
SELECT i, md5(i::text), :start, 'check', '', '', 'pending', 'success', true, NULL FROM generate_series(1, {MANY}) AS i;
INSERT INTO daraja_payments_callbacks
SELECT i, 'simulator', '600111', '', 'payment', md5(i::text), '', '', :start + i * interval '1 second', 9,
       CASE WHEN i % 1000 > 0 THEN 'done' END
FROM generate_series(1, {MANY}) AS i;
"""  # noqa: S608 - what is filled in is a number of ours
VALUES: Final = {
    "key": "0",
    "environment": "simulator",
    "shortcode": "600111",
    "tenant": "",
    "idempotency_key": "7",
    "checkout_request_id": "ws_CO_7",
    "value": "ws_CO_7",
    "old_key": "0",
    "old_version": 1,
    "version": 2,
    "status": "pending",
    "receipt": "R7",
    "order": "ORD-7",
    "attempt": 1,
    "open_order": "ORD-7",
    "paid_order": "ORD-7",
    "needs_attention": False,
    "updated_at": START,
    "next_check_at": None,
    "succeeded_at": None,
    "facts": "{}",
    "now": START,
    "before": START,
    "after": 0,
    "limit": 100,
    "after_at": START + timedelta(seconds=MANY // 2),
    "after_key": "z",
    "check_after": START + timedelta(days=1),
    "since": START,
    "until": START + timedelta(days=1),
    "phone": "254700000007",
    "reference": "A",
    "amount": 5,
    "created_at": START,
    "callback_id": 7,
    "note": "done",
    "at": START,
    "event": "check",
    "by": "",
    "became_success": True,
    "purpose": "payment",
    "body": b"",
    "remote_ip": "",
    "received_at": START,
}


def every(dialect: str) -> list[tuple[str, ClauseElement]]:
    """Name every statement that looks for rows, in all its forms."""
    statements, found = Statements(PAYMENTS), list[tuple[str, ClauseElement]]()
    alike = {"attempts": statements.alike("order", by="attempt")}
    for name in INDEXES:
        statement: Any = alike[name] if name in alike else getattr(statements, name)
        if isinstance(statement, ClauseElement):
            found.append((name, statement))
        else:
            found += [(name, statement[form]) for form in (dialect, False, True) if form in statement]
            found += [(name, one) for form, one in statement.items() if isinstance(form, tuple)]
    return found + [
        (index, listed) for limits, index in LISTS.items() if (listed := statements.listed(limits)) is not None
    ]


def test_sqlite_uses_its_indexes_and_sorts_nothing(sqlite: str) -> None:
    engine = create_engine(sqlite)
    with engine.connect() as connection:
        metadata.create_all(connection)
        for name, statement in every("sqlite"):
            words = str(statement.compile(dialect=engine.dialect))
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", (1,) * words.count("?"))
            plan = [row.detail for row in rows]
            searches = " ".join(step for step in plan if step.startswith("SEARCH") or "USING INDEX" in step)
            others = {step.rstrip("0123456789 ") for step in plan if step not in searches}
            harmless = {"SCAN CONSTANT ROW", "SCALAR SUBQUERY", "CORRELATED SCALAR SUBQUERY", "LIST SUBQUERY"}
            harmless |= {"USE TEMP B-TREE FOR ORDER BY"} if name in SORTED else set()
            assert others <= harmless, (name, plan)
            wanted = {index for index in INDEXES.get(name, {name}) if index.startswith("ix_")}
            assert {index for index in wanted if index in searches} == wanted, (name, plan)
    engine.dispose()


def test_sqlite_reads_no_whole_table_for_an_order_where_no_payment_has_one(sqlite: str) -> None:
    payments = [a_payment(key=f"{number:032x}", idempotency_key=str(number)) for number in range(5_000)]
    engine = create_engine(sqlite)
    with engine.connect() as connection:
        metadata.create_all(connection)
        connection.execute(insert(PAYMENTS.records), [record_values(PAYMENTS, payment) for payment in payments])
        connection.exec_driver_sql("ANALYZE")
        words = str(Statements(PAYMENTS).swap.compile(dialect=engine.dialect))
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", (1,) * words.count("?"))
        steps = [row.detail for row in plan]
    engine.dispose()

    assert any("uq_daraja_payments_open_order" in step for step in steps)
    assert not [step for step in steps if step.startswith("SCAN")]


def test_postgresql_uses_its_indexes_and_sorts_nothing(postgres: str) -> None:
    with closing(SqlStore(postgres)) as store:
        store.create_schema()
    engine = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in FILL.strip().split(";\n"):
            connection.execute(text(statement), {"start": START})
        connection.exec_driver_sql("ANALYZE")
        for name, form in every("postgresql"):
            compiled = form.compile(dialect=engine.dialect)
            values = {parameter: VALUES[parameter] for parameter in compiled.params or {}}
            plan: Any = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {compiled}", values).scalar()
            steps = steps_of(plan[0]["Plan"])
            slow = {"Seq Scan"} if name in SORTED else {"Seq Scan", "Sort", "Incremental Sort"}
            assert not slow & {step["Node Type"] for step in steps}, (name, plan)
            assert {step["Index Name"] for step in steps if "Index Name" in step} >= INDEXES.get(name, {name}), (
                name,
                plan,
            )
    engine.dispose()


def steps_of(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Give all steps of a plan."""
    return [plan, *(step for part in plan.get("Plans", ()) for step in steps_of(part))]
