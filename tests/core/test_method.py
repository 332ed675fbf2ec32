"""The declaration of a method, its settings, and how it is found."""

import enum
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta

from trialrun.core import discovery
from trialrun.core.context import Context
from trialrun.core.errors import UsageError
from trialrun.core.method import Generator, Method, Off, method, use
from trialrun.core.program import Program
from trialrun.core.settings import fingerprint, from_table, settings_of, to_table
from trialrun.core.task import PublicTask
from trialrun.generate.vanilla import Vanilla

pytestmark = pytest.mark.fast


class Order(enum.Enum):
    FIRST = "first"
    LAST = "last"


@method(paper="arXiv:0000.00000", title="Everything")
@dataclass(frozen=True, slots=True, kw_only=True)
class Everything(Generator):
    """Has a setting of every kind; for these tests.

    More is said here.
    """

    many: Annotated[int, Meta(ge=1)] = 3
    """How many,
    in two lines."""
    kind: Literal["a", "b"] = "a"
    """Which kind."""
    order: Order = Order.FIRST
    """Which order."""
    ks: tuple[int, ...] = (1, 10)
    """Which k."""
    limit: float | None = None
    """At most."""
    quick: Annotated[bool, Off("slow")] = True
    """Whether to hurry."""
    first: Generator = use("generate/vanilla")
    """What makes the first programs."""

    def generate(self, task: PublicTask, ctx: Context) -> Iterator[Program]:
        """Yield nothing."""
        yield from ()


def test_the_declaration_is_read_off_the_class() -> None:
    declared = Everything.declared
    assert (declared.paper, declared.title) == ("arXiv:0000.00000", "Everything")
    assert declared.summary == "Has a setting of every kind; for these tests."
    assert declared.id == "generate/test_method"


def test_settings_carry_their_docstrings() -> None:
    found = {setting.name: setting for setting in settings_of(Everything)}
    assert found["many"].help == "How many, in two lines." and found["many"].type is int
    assert found["quick"].off == "slow" and not found["many"].off
    assert found["first"].uses and found["first"].default == Vanilla()


def test_another_method_stands_in_the_table_by_its_id_and_its_settings() -> None:
    mine = Everything(first=Vanilla(n=4), order=Order.LAST, ks=(2,), limit=0.5)
    table = to_table(mine)
    assert table["first"] == "generate/vanilla" and table["first.n"] == 4 and table["order"] == "last"
    assert from_table(Everything, table) == mine
    assert "limit" not in to_table(Everything()) and from_table(Everything, {}) == Everything()
    assert fingerprint(mine) != fingerprint(Everything()) != fingerprint(Everything(first=Vanilla(n=4)))


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"many": 0}, "many is 0: Expected int >= 1"),
        ({"kind": "c"}, "kind is 'c'"),
        ({"mny": 1}, "did you mean 'many'"),
        ({"first": "vanila"}, "did you mean 'vanilla'"),
        ({"first": "vanilla", "first.m": 1}, "generate/vanilla has no setting 'm'"),
        ({"first.n": 2}, "not named"),
        ({"many.n": 2}, "no setting 'many.n'"),
    ],
)
def test_what_a_table_may_not_hold(table: dict[str, Any], expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_table(Everything, table)
    assert expected in str(caught.value)


def body(self: Any, task: PublicTask, ctx: Context) -> Iterator[Program]:
    yield from ()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: type("Plain", (), {"__doc__": "x."}), "no subclass"),
        (lambda: type("Bare", (Generator,), {"__doc__": "x.", "generate": body}), "put @dataclass"),
        (lambda: dataclass(type("Soft", (Generator,), {"__doc__": "x.", "generate": body})), "frozen"),
        (
            lambda: dataclass(frozen=True, slots=True, kw_only=True)(
                type("Mute", (Generator,), {"generate": body})
            ),
            "no docstring",
        ),
        (
            lambda: dataclass(frozen=True, slots=True, kw_only=True)(
                type("Open", (Generator,), {"__doc__": "x.", "generate": body, "__annotations__": {"n": int}})
            ),
            "field 'n' has no default",
        ),
    ],
)
def test_what_cannot_be_a_method(make: Any, reason: str) -> None:
    with pytest.raises(TypeError, match=reason):
        method()(make())


def test_methods_are_listed_without_importing_them() -> None:
    code = (
        "import sys; from trialrun.core.discovery import places; found = places(); "
        "assert 'generate/vanilla' in found; assert not [m for m in sys.modules if m.startswith('trialrun.generate')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_names_may_be_short_and_misspelt_ones_have_neighbours() -> None:
    assert discovery.find("vanilla") is Vanilla and discovery.find("generate/vanilla", Generator) is Vanilla
    with pytest.raises(UsageError, match="did you mean 'vanilla'"):
        discovery.find("vanila")
    with pytest.raises(UsageError, match="no method"):
        discovery.find("x" * 500)


INSTALLED = '''"""Leaves out: all."""
from collections.abc import Iterator
from dataclasses import dataclass
from trialrun.core.method import Generator, method

@method(title="Mine")
@dataclass(frozen=True, slots=True, kw_only=True)
class Mine(Generator):
    """Make nothing."""

    def generate(self, task, ctx):
        """Yield nothing."""
        yield from ()
'''


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Install a package that offers a method under some name."""

    def install(entry: str) -> None:
        (tmp_path / "acme").mkdir()
        (tmp_path / "acme" / "__init__.py").write_text("")
        (tmp_path / "acme" / "mine.py").write_text(INSTALLED)
        info = tmp_path / "acme-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[trialrun.methods]\n{entry}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        discovery.places.cache_clear()

    yield install
    discovery.places.cache_clear()
    for name in ("acme", "acme.mine"):
        sys.modules.pop(name, None)


def test_an_installed_package_adds_a_method_by_entry_point(install: Any) -> None:
    install("generate/mine = acme.mine:Mine")
    assert {"generate/mine", "generate/vanilla"} <= discovery.places().keys()
    cls: type[Method] = discovery.find("mine")
    assert cls.declared.id == "generate/mine" and isinstance(cls(), Generator)


@pytest.mark.parametrize(
    ("entry", "name", "reason"),
    [
        ("generate/vanilla = acme.mine:Mine", "vanilla", "two methods are named generate/vanilla"),
        ("generate/other = acme.mine:Mine", "other", "calls itself generate/mine"),
        ("generate/mine = acme.mine:Yours", "mine", "declares no method"),
        ("generate/mine = acme.gone:Mine", "mine", "cannot be imported"),
    ],
)
def test_installed_methods_that_cannot_be_used(install: Any, entry: str, name: str, reason: str) -> None:
    install(entry)
    with pytest.raises(UsageError, match=reason):
        discovery.find(name)
