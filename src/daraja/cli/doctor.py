"""The command ``doctor``: whether the keys, the certificate and the callback address work."""

import attrs
import click

from daraja.cli.output import Output, with_output
from daraja.cli.shop import Shop, with_shop
from daraja.doctor import Finding, diagnose


@click.command()
@click.option("--live", is_flag=True, help="Call Daraja and the callback address, too. It costs nothing.")
@with_shop
@with_output
def doctor(*, output: Output, shop: Shop, live: bool) -> int:
    """Check the settings, and with --live Daraja itself.

    With a store, it checks that, too.

    --live fetches a token, queries an invented payment, and posts a forged
    callback to your address. It costs nothing, and no phone rings. The exit
    status is 2 if the settings are wrong, and 1 if there is another fault.
    """
    store, missing = None, []
    try:
        store = shop.store() if shop.is_named else None
    except click.UsageError as error:  # the keys can be checked all the same
        missing = [Finding(check="store", state="fault", words=error.message)]
    findings = [*diagnose(shop.settings.environ, store=store, live=live), *missing]
    rows = [attrs.asdict(finding) if output.as_json else _as_cells(finding) for finding in findings]
    output.rows(rows, ["state", "check", "result"])
    faults = {finding.check for finding in findings if finding.state == "fault"}
    return 2 if "settings" in faults else int(bool(faults))


def _as_cells(finding: Finding) -> dict[str, object]:
    result = "\n".join(filter(None, [finding.words, finding.hint]))
    return {"state": finding.state, "check": finding.check, "result": result}
