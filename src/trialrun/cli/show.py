"""`trialrun list`, `data get` and `doctor`: what is here, what can be brought, what this machine enforces."""

import sys
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from trialrun.cli.output import print_json, print_rich
from trialrun.core.printable import printable

if TYPE_CHECKING:
    from trialrun.run.doctor import Report

NOT_ENFORCED = 3


def list_tasks(*, json: bool = False) -> None:
    """List the task sets: name, number of tasks, whether the data is on this machine.

    Parameters
    ----------
    json
        Print one JSON document.
    """
    from trialrun.tasks.registry import available

    sets = available()
    if json:
        print_json(sets)
        return
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("name", "tasks", "data", "licence", "about"):
        numbers = heading == "tasks"
        table.add_column(
            heading, justify="right" if numbers else "left", no_wrap=numbers or heading == "name"
        )
    for found in sets:
        here = "here" if found.present else f"missing: {found.get or found.looked_for[0]}"
        table.add_row(
            *(Text(printable(text, 200)) for text in (found.name, f"{found.tasks:,}", here)),
            *(Text(printable(text, 200)) for text in (found.licence, found.about)),
        )
    print_rich(table)


def get_data(name: str, /, *, json: bool = False) -> None:
    """Download a task set from its public origin into the user's cache, checked by its hash.

    Parameters
    ----------
    name
        Name of the task set.
    json
        Print where it lies as one JSON document.
    """
    from trialrun.tasks import download

    path = download.get(name, progress=_print_bytes if sys.stderr.isatty() else None)
    if json:
        print_json({"name": name, "path": str(path)})
    else:
        print(printable(str(path)))


def _print_bytes(done: int, size: int | None) -> None:
    of = f" of {size:,}" if size else ""
    sys.stderr.write(f"\r{done:,}{of} bytes" + ("\n" if done == size else ""))
    sys.stderr.flush()


def doctor(*, json: bool = False) -> int:
    """Say which isolation this machine gives, trying each mechanism, and which languages can be run.

    Exits with 3 where something that is promised did not hold.

    Parameters
    ----------
    json
        Print the report as one JSON document.
    """
    from trialrun.run.doctor import examine

    report = examine()
    if json:
        print_json(report)
    else:
        print_rich(Text(f"isolation: {report.tier} · kernel {printable(report.kernel)}"))
        for refused in report.missing:
            print_rich(Text(f"missing: {printable(refused, 300)}"))
        print_rich(_mechanisms(report))
        print_rich(_languages(report))
    return NOT_ENFORCED if any(mechanism.held is False for mechanism in report.mechanisms) else 0


def _mechanisms(report: "Report") -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("held", no_wrap=True)
    table.add_column("mechanism", no_wrap=True)
    table.add_column("promised; enforced by; remark")
    for found in report.mechanisms:
        held = {True: "yes", False: "NO", None: "not here"}[found.held]
        told = (found.promised, f"by {found.enforced_by}", found.note)
        lines = "\n".join(printable(line, 300) for line in told if line)
        table.add_row(held, Text(printable(found.name, 40)), Text(lines))
    return table


def _languages(report: "Report") -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("language", "version", "to install it"):
        table.add_column(heading)
    for name, found in report.languages.items():
        texts = (name, found.version or "absent", "" if found.available else found.install)
        table.add_row(*(Text(printable(text, 300)) for text in texts))
    return table
