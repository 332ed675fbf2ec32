"""Runs of a whole program, prepared for judging: what it should print and write, compared outside its process.

A run is right when the program completed, printed what is expected and left every expected file. Under `upstream` text
is compared as contests do: white space at the end of a line and empty lines at the end do not count; under `strict`
every byte does. A file that is not UTF-8 text is compared byte by byte.

Leaves out: running (`run/row.py`), the judgement (`verify/tests.py`), several right outputs of one input.
"""

from collections.abc import Sequence

from trialrun.core.errors import UsageError
from trialrun.core.execution import Execution, Limits, Outcome, require_real
from trialrun.core.task import Case, Output, ProgramCheck
from trialrun.verify.cases import SHOWN, PreparedCases


def prepare_runs(
    check: ProgramCheck, expected: Sequence[Output], comparator: str, limits: Limits
) -> PreparedCases:
    """Prepare the runs of a check. Raises `UsageError` where the limits leave no room for a right output."""
    for number, output in enumerate(expected):
        if output.stdout is not None and len(output.stdout) >= limits.output_kb << 10:
            raise UsageError(
                f"case {number} of {check.name!r} expects {len(output.stdout):,} bytes of output; "
                f"--output-limit is {limits.output_kb} KiB"
            )

    def agrees(place: int, execution: Execution) -> bool:
        if require_real(execution).outcome is not Outcome.RETURNED:
            return False
        return _difference(expected[place], execution, comparator) is None

    def shown(place: int, execution: Execution) -> tuple[str, str, str]:
        found = _difference(expected[place], execution, comparator)
        wanted, got = ("", "") if found is None or execution.outcome is not Outcome.RETURNED else found
        return _input_text(check.cases[place]), wanted, got

    return PreparedCases(
        inputs=check.cases,
        entries=(),
        numbers=list(range(len(check.cases))),
        agrees=agrees,
        shown=shown,
        collect=tuple(sorted({name for output in expected for name, _ in output.files})),
    )


def same_text(got: bytes, expected: bytes, comparator: str) -> bool:
    r"""Compare text under a comparator.

    >>> same_text(b"1 \n2\n\n", b"1\n2", "upstream"), same_text(b"1\n2\n", b"1\n2", "strict")
    (True, False)
    """
    return got == expected or (comparator != "strict" and _lines(got) == _lines(expected))


def _lines(text: bytes) -> list[bytes]:
    """Return the lines without what does not count."""
    lines = [line.rstrip() for line in text.split(b"\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _difference(expected: Output, execution: Execution, comparator: str) -> tuple[str, str] | None:
    """Return texts of what was expected and of what came instead, at the first difference; None where there is none."""
    if expected.stdout is not None and not same_text(execution.stdout, expected.stdout, comparator):
        return _first_difference(execution.stdout, expected.stdout, "")
    left = dict(execution.files)
    for name, content in expected.files:
        got = left.get(name)
        if got is None:
            return f"a file {name}", "no such file"
        alike = same_text(got, content, comparator) if _is_text(content) else got == content
        if not alike:
            return _first_difference(got, content, f"{name}, ")
    return None


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode("utf-8")
    except UnicodeDecodeError:
        return False


def _first_difference(got: bytes, expected: bytes, where: str) -> tuple[str, str]:
    mine, theirs = _lines(expected), _lines(got)
    if mine == theirs:  # only white space differs
        mine, theirs = expected.split(b"\n"), got.split(b"\n")
    number = next(
        (n for n, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b), min(len(mine), len(theirs))
    )
    return tuple(_line(lines, number, where) for lines in (mine, theirs))  # type: ignore[return-value]


def _line(lines: list[bytes], number: int, where: str) -> str:
    if number >= len(lines):
        return f"{where}line {number + 1}: the end"
    text = lines[number][: 4 * SHOWN].decode("utf-8", "backslashreplace")
    return f"{where}line {number + 1}: {text!r}"[:SHOWN]


def _input_text(case: Case) -> str:
    parts = []
    if case.argv:
        parts.append(f"arguments {list(case.argv)!r}")
    if case.stdin is not None:
        parts.append(f"stdin {case.stdin[:SHOWN]!r}")
    if case.files:
        parts.append("files " + ", ".join(name for name, _ in case.files))
    return "; ".join(parts)[:SHOWN]
