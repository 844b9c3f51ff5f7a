"""A forked process uses connections of its own and leaves those of its parent alone."""

import os
import subprocess
import sys
from contextlib import closing

import pytest

from daraja.stores.sql import SqlStore
from tests.stores.sql.samples import new_payment

FORKS = """
import os, sys
from sqlalchemy import create_engine
from daraja.stores.sql import SqlStore
from tests.stores.sql.samples import new_payment, paid
from tests.support.payments import with_facts

url, lent = sys.argv[1], sys.argv[2] == "lent"
used = []

def look(connection, payment):
    used.append(id(connection.connection.driver_connection))

engine = create_engine(url)
store = SqlStore(engine if lent else url, on_success=look)

def pay():
    old = store.insert(new_payment())
    new, entry = paid(old)
    import attrs
    assert store.swap(old, with_facts(new, checkout_request_id=None), entry)

pay()
if (child := os.fork()) == 0:
    pay()
    pay()
    os._exit(0 if used[1] == used[2] != used[0] else 1)
assert os.waitpid(child, 0)[1] == 0
pay()
assert used == [used[0]] * 2, used
if lent:
    store.close()
    engine.dispose()
else:
    store.close()
print("done")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("whose", ["ours", "lent"])
def test_parent_and_child_write_through_different_connections(url: str, whose: str) -> None:
    with closing(SqlStore(url)) as store:
        store.create_schema()
        run = subprocess.run(
            [sys.executable, "-W", "error", "-c", FORKS, url, whose],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (run.stdout, run.stderr) == ("done\n", "")
        payment = store.insert(new_payment())
        assert store.load(payment.key) == payment
