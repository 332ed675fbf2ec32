"""`trialrun where`: the methods and systems, and where module, test, documentation and paper of each are."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from trialrun.cli.output import print_json, print_rich
from trialrun.core.discovery import find, page_name, places, resolve
from trialrun.core.method import Method
from trialrun.core.printable import printable
from trialrun.core.settings import settings_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """What `where` says of one method. Paths are absent where trialrun is installed without its repository."""

    id: str
    title: str
    summary: str
    paper: str
    module: str
    source: str
    test: str | None
    docs: str | None
    settings: tuple[str, ...]


def where(name: str | None = None, /, *, json: bool = False) -> None:
    """Say where a method's or a system's modules, test, documentation and paper are; without a name, list the methods.

    Parameters
    ----------
    name
        Id of a method, such as generate/vanilla, or its last part; or a system of docs/systems.md.
    json
        Print one JSON document.
    """
    system = _system(name) if name is not None else None
    if system is not None:
        _show_system(system, json=json)
        return
    found = [whereabouts(resolve(name))] if name is not None else [whereabouts(id) for id in places()]
    if json:
        print_json(found if name is None else found[0])
        return
    table = Table(box=box.SIMPLE_HEAD, show_header=name is None)
    if name is None:
        for heading in ("method", "about", "paper", "module"):
            table.add_column(heading, no_wrap=heading == "method")
        for method in found:
            table.add_row(*_texts(method.id, method.summary, method.paper or method.title, method.module))
    else:
        (method,) = found
        for field, value in (
            ("method", method.id),
            ("about", f"{method.title}: {method.summary}"),
            ("paper", method.paper or "none: common practice"),
            ("module", method.source),
            ("test", method.test or "not installed"),
            ("docs", method.docs or "not installed"),
            ("flags", " ".join(method.settings)),
        ):
            table.add_row(*_texts(field, value))
    print_rich(table)


def whereabouts(id: str) -> Whereabouts:
    """Return where everything about a method is."""
    cls: type[Method] = find(id)
    source = Path(__import__(cls.declared.module, fromlist=["_"]).__file__ or "")
    root = next((up for up in source.parents if (up / "pyproject.toml").is_file()), None)
    verb, _, stem = id.partition("/")
    tests = [f"tests/systems/test_{stem}.py", f"tests/{verb}/test_{stem}.py"]
    return Whereabouts(
        id=id,
        title=cls.declared.title,
        summary=cls.declared.summary,
        paper=cls.declared.paper,
        module=cls.declared.module,
        source=str(source if root is None else source.relative_to(root)),
        test=next((test for test in tests if root is not None and (root / test).is_file()), None),
        docs=next(
            (
                page
                for page in [f"docs/methods/{page_name(id)}"]
                if root is not None and (root / page).is_file()
            ),
            None,
        ),
        settings=tuple(f"--{setting.name.replace('_', '-')}" for setting in settings_of(cls)),
    )


def _system(name: str) -> dict[str, Any] | None:
    """Return a system of the repository's index by its name in any case of letters, unless a method has that name."""
    if any(name in (id, id.partition("/")[2]) for id in places()):
        return None
    index = Path(__file__).resolve().parents[3] / "docs" / "systems.toml"
    if not index.is_file():  # installed without the repository
        return None
    systems: list[dict[str, Any]] = tomllib.loads(index.read_text(encoding="utf-8"))["systems"]
    return next((system for system in systems if system["name"].lower() == name.lower()), None)


def _show_system(system: dict[str, Any], *, json: bool) -> None:
    source = Path(__file__).resolve().parents[1]
    modules = {module: (source / module).exists() for module in system["modules"]}
    if json:
        print_json({**system, "modules": modules, "docs": "docs/systems.md"})
        return
    table = Table(box=box.SIMPLE_HEAD, show_header=False)
    table.add_row(*_texts("system", system["name"]))
    table.add_row(
        *_texts("paper", f"{system.get('title', '')} {system.get('paper', '')} ({system['year']})".strip())
    )
    for module, there in modules.items():
        table.add_row(*_texts("module", f"src/trialrun/{module}" + ("" if there else "  (planned)")))
    table.add_row(*_texts("docs", "docs/systems.md"))
    print_rich(table)


def _texts(*texts: str) -> list[Text]:
    return [Text(printable(text, 300)) for text in texts]
