"""Modules stay at 300 lines (600 at most), functions at 60: `python tests/test_size.py` prints the table."""

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
AIM, HARD, FUNCTION = 300, 600, 60

EXEMPT: dict[str, str] = {}
"""Module path → the reason why it may be larger. Starts empty; an entry needs a design note."""


@dataclass(frozen=True, slots=True)
class Size:
    """Lines of one module and of its longest function."""

    path: str
    lines: int
    function: str
    function_lines: int

    @property
    def mark(self) -> str:
        if self.path in EXEMPT:
            return "exempt"
        if self.lines > HARD or self.function_lines > FUNCTION:
            return "TOO LARGE"
        return "over the aim" if self.lines > AIM else ""


def sizes() -> list[Size]:
    """Measure every module, the largest first."""
    measured = [_size(path) for folder in ("src", "bench") for path in (ROOT / folder).rglob("*.py")]
    return sorted((size for size in measured if size.lines), key=lambda size: -size.lines)


def _size(path: Path) -> Size:
    text = path.read_text(encoding="utf-8")
    functions = [
        ((node.end_lineno or node.lineno) - node.lineno + 1, node.name)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    lines, name = max(functions, default=(0, ""))
    return Size(path.relative_to(ROOT).as_posix(), text.count("\n"), name, lines)


@pytest.mark.fast
def test_sizes() -> None:
    too_large = [size for size in sizes() if size.mark == "TOO LARGE"]
    assert not too_large, f"split these, or argue for an exemption: {too_large}"
    assert EXEMPT.keys() <= {size.path for size in sizes()}


if __name__ == "__main__":
    print(f"{'module':<44}{'lines':>6}  {'longest function':<32}{'lines':>6}")
    for size in sizes():
        print(f"{size.path:<44}{size.lines:>6}  {size.function:<32}{size.function_lines:>6}  {size.mark}")
    raise SystemExit(any(size.mark == "TOO LARGE" for size in sizes()))
