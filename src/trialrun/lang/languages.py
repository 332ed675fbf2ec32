"""Programming languages as data: names, file suffixes, the tools that run them and what to install for them.

Leaves out: starting any tool (`run/doctor.py` asks for versions), compile and run recipes
(`lang/recipes.py` when the first compiled task set comes), whether a tool that is found works.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from trialrun.core.errors import UsageError, nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language and its usual tool on Debian."""

    name: str
    """Name in tasks and on the command line."""
    suffix: str
    """Suffix of source files, with the dot."""
    commands: tuple[str, ...]
    """Programs that compile or run it, best first; one is enough."""
    version: tuple[str, ...]
    """Arguments that make such a program print its version."""
    package: str
    """Debian package that brings the tool."""
    aliases: tuple[str, ...] = ()
    """Other names that are accepted."""

    @property
    def install(self) -> str:
        """Command that installs the tool on Debian and its kin."""
        return f"apt-get install {self.package}"

    def tool(self) -> str | None:
        """Return the path of the first command found on PATH, or None; starts nothing."""
        return next((path for path in map(shutil.which, self.commands) if path), None)


_DASHED = ("--version",)
_TABLE = (
    Language(
        name="python",
        suffix=".py",
        commands=("python3",),
        version=_DASHED,
        package="python3",
        aliases=("py",),
    ),
    Language(name="c", suffix=".c", commands=("gcc", "clang", "cc"), version=_DASHED, package="gcc"),
    Language(
        name="c++",
        suffix=".cpp",
        commands=("g++", "clang++", "c++"),
        version=_DASHED,
        package="g++",
        aliases=("cpp", "cxx"),
    ),
    Language(
        name="rust", suffix=".rs", commands=("rustc",), version=_DASHED, package="rustc", aliases=("rs",)
    ),
    Language(name="go", suffix=".go", commands=("go",), version=("version",), package="golang-go"),
    Language(
        name="java",
        suffix=".java",
        commands=("javac",),
        version=("-version",),
        package="default-jdk-headless",
    ),
    Language(
        name="javascript",
        suffix=".js",
        commands=("node", "nodejs"),
        version=_DASHED,
        package="nodejs",
        aliases=("js", "node"),
    ),
    Language(name="ruby", suffix=".rb", commands=("ruby",), version=_DASHED, package="ruby", aliases=("rb",)),
    Language(name="perl", suffix=".pl", commands=("perl",), version=_DASHED, package="perl", aliases=("pl",)),
    Language(name="php", suffix=".php", commands=("php",), version=_DASHED, package="php-cli"),
    Language(
        name="lua", suffix=".lua", commands=("lua5.4", "lua", "lua5.3"), version=("-v",), package="lua5.4"
    ),
    Language(name="bash", suffix=".sh", commands=("bash",), version=_DASHED, package="bash", aliases=("sh",)),
    Language(name="r", suffix=".R", commands=("Rscript",), version=_DASHED, package="r-base-core"),
    Language(
        name="julia", suffix=".jl", commands=("julia",), version=_DASHED, package="julia", aliases=("jl",)
    ),
    Language(
        name="haskell", suffix=".hs", commands=("ghc",), version=_DASHED, package="ghc", aliases=("hs",)
    ),
    Language(
        name="ocaml", suffix=".ml", commands=("ocamlfind", "ocaml"), version=("-version",), package="ocaml"
    ),
)

LANGUAGES: dict[str, Language] = {language.name: language for language in _TABLE}
"""Every known language by name."""

_BY_NAME = {name: language for language in _TABLE for name in (language.name, *language.aliases)}


def language(name: str) -> Language:
    """Return a language by name or alias, in any case of letters.

    >>> language("JS").name
    'javascript'
    """
    found = _BY_NAME.get(name.lower())
    if found is None:
        raise UsageError(
            f"no language {name!r}{nearest(name.lower(), _BY_NAME)}; there are {', '.join(LANGUAGES)}"
        )
    return found


def of_file(path: str | Path) -> Language | None:
    """Return the language of a source file by its suffix, or None."""
    suffix = Path(path).suffix
    return next((language for language in _TABLE if language.suffix == suffix), None)
