"""`trialrun env`: the environments that jobs run in: list, make, remove."""

from dataclasses import dataclass

from rich import box
from rich.table import Table
from rich.text import Text

from trialrun.cli.output import print_json, print_rich, stderr_console
from trialrun.core.errors import UsageError
from trialrun.core.printable import printable
from trialrun.run import environments
from trialrun.run.environments import Environment
from trialrun.tasks import needs, registry

_SHOWN = 200


def list_environments(*, json: bool = False) -> None:
    """List the environments in the cache.

    Parameters
    ----------
    json
        Print one JSON document.
    """
    _show(environments.kept_environments(), json=json)


def make(*requirements: str, python: str | None = None, tasks: str | None = None, json: bool = False) -> None:
    """Make an environment from pinned requirements, or the one that a task set asks for; wheels only.

    Parameters
    ----------
    requirements
        Requirements such as numpy==1.26.4.
    python
        Python version, such as 3.12; default: the task set's, or the one that runs trialrun.
    tasks
        Task set whose libraries are wanted.
    json
        Print one JSON document.
    """
    wanted = _Wanted(requirements, python)
    if tasks is not None:
        task_set = registry.load(tasks)
        wanted = _Wanted((*requirements, *needs.requirements(task_set)), python or task_set.python)
    if not wanted.requirements:
        raise UsageError("say which requirements, or --tasks SET (one whose tasks use libraries)")
    console = stderr_console()
    made = environments.make(
        wanted.requirements, wanted.version, tell=lambda text: console.print(Text(printable(text, _SHOWN)))
    )
    _show([made], json=json)


def remove(*keys: str, json: bool = False) -> None:
    """Remove environments from the cache.

    Parameters
    ----------
    keys
        Keys, or what they begin with; see trialrun env list.
    json
        Print one JSON document.
    """
    if not keys:
        raise UsageError("say which environment: trialrun env list shows the keys")
    _show([environments.remove(key) for key in keys], json=json)


@dataclass(frozen=True, slots=True)
class _Wanted:
    requirements: tuple[str, ...]
    python: str | None

    @property
    def version(self) -> str:
        return self.python or environments.present_version()


def _show(found: list[Environment], *, json: bool) -> None:
    if json:
        print_json(found)
        return
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("key", "python", "requirements", "place"):
        table.add_column(heading, no_wrap=heading == "key")
    for one in found:
        texts = (one.key, one.python, " ".join(one.requirements), one.path)
        table.add_row(*(Text(printable(text, _SHOWN)) for text in texts))
    print_rich(table)
