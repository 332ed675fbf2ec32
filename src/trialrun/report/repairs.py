"""A repair for a terminal, and as one document: the difference, what speaks for it, and what could not be ruled out.

All texts that come from programs are hostile: capped and made printable here.

Leaves out: colours, other forms than text and JSON.
"""

import difflib
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from trialrun.compare.copied_values import input_weight
from trialrun.compare.disagreement import Disagreement
from trialrun.compare.held_out import Probe, Stated
from trialrun.compare.overfitting import Examined, Finding
from trialrun.core.execution import Execution, Outcome
from trialrun.core.judgement import Judgement, Verdict
from trialrun.core.printable import printable
from trialrun.core.task import Case
from trialrun.repair.outcome import Repaired, Status
from trialrun.report.differences import case_text, did

_SHOWN = 3
"""Cases, differences and disagreements that a text shows."""
_TEXT = 200
_DOCUMENT = 2000
"""Characters of one value in a text and in a document."""
_DIFF = 1 << 20
FINDINGS = {
    Finding.KEPT: "what it did right, it does as before, as far as was tried",
    Finding.CHANGED: "it does otherwise also on inputs that go the way of passing ones",
    Finding.OVERFITTED: "it seems to fit the stated inputs alone",
    Finding.NOT_TOLD: "no input tried goes the way of passing cases alone",
}


def diff(found: Repaired) -> str:
    """Return the unified diff of the file; empty without a repair."""
    if found.program is None:
        return ""
    name = str(found.source.path)
    lines = difflib.unified_diff(
        found.source.text.splitlines(),
        found.program.source.splitlines(),
        f"a/{name.lstrip('/')}",
        f"b/{name.lstrip('/')}",
        lineterm="",
    )
    return "".join(f"{line}\n" for line in lines)


def text(found: Repaired) -> str:
    """Return a repair for a terminal."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Repaired) -> Iterator[str]:
    where = printable(f"{found.source.path} {found.entry}", 300)
    if found.status is Status.PASSES:
        yield f"{where}: passes its tests; there is nothing to repair"
        return
    yield f"{where}: {_failed(found)}"
    if found.program is None:
        yield f"no repair: {printable(found.why, 300)}"
        yield from _suspects(found)
        return
    yield from printable(diff(found), _DIFF, lines=True).splitlines()
    yield ""
    yield f"repaired by {found.method}: {_passes(found)}"
    yield from _evidence(found)
    yield from _suspects(found)
    if found.examined is not None:
        yield from _guard(found, found.examined)
    yield from _not_ruled_out(found)


def _failed(found: Repaired) -> str:
    failing = _failing(found)
    stated = len(found.examined.stated) if found.examined is not None else len(found.evidence.pairs)
    if failing:
        return f"fails {len(failing)} of {stated} stated cases"
    names = ", ".join(one.check for one in found.before if one.verdict is not Verdict.PASS)
    return f"fails {printable(names, 200)}"


def _failing(found: Repaired) -> list[Any]:
    """Return the stated cases that failed, the smallest first: with both runs where the guard ran them."""
    if found.examined is not None and found.examined.stated:
        failing = [one for one in found.examined.stated if not one.old_right]
        return sorted(failing, key=lambda one: (input_weight(one.pair), len(repr(one.pair.args))))
    return [found.evidence.pairs[place] for place in found.evidence.failing]


def _passes(found: Repaired) -> str:
    failing = [one.check for one in found.after if one.verdict is not Verdict.PASS]
    if not failing:
        return "all tests pass now"
    return f"its tests pass now; these do not: {printable(', '.join(failing), 300)}"


def _evidence(found: Repaired) -> Iterator[str]:
    failing = [one for one in _failing(found) if isinstance(one, Stated)]
    for one in failing[:_SHOWN]:
        yield f"  {printable(_call(found, Case(args=one.pair.args)), _TEXT)}"
        yield f"    expected {printable(repr(one.pair.expected), _TEXT)}"
        yield f"    before   {_did(one.old.execution)}"
        yield f"    now      {_did(one.new.execution)}"
    if len(failing) > _SHOWN:
        yield f"  and {len(failing) - _SHOWN} more"


def _suspects(found: Repaired) -> Iterator[str]:
    if found.suspects:
        lines = ", ".join(f"{one.line} ({one.score:.2f})" for one in found.suspects)
        yield f"most suspicious lines before, by what ran in failing runs: {lines}"


def _guard(found: Repaired, examined: Examined) -> Iterator[str]:
    yield f"guard: {examined.finding}: {printable(examined.why, 200) or FINDINGS[examined.finding]}"
    for signal in examined.signals:
        mark = "objects" if signal.decides else "noticed"
        yield f"  {mark}: {signal.kind}: {printable(signal.evidence, 400)}"
    if examined.probes:
        yield (
            f"  {len(examined.probes)} inputs tried, {len(examined.differences)} treated otherwise; of those like "
            f"passing cases alone {examined.kept_like_passing} as before, {examined.changed_like_passing} otherwise"
        )


def _not_ruled_out(found: Repaired) -> Iterator[str]:
    lines = [*_broken(found), *_differences(found), *_untested(found), *_disagreements(found)]
    if lines:
        yield "not ruled out:"
        yield from lines


def _broken(found: Repaired) -> Iterator[str]:
    if found.broken:
        yield f"  tests that passed before and do not now: {printable(', '.join(found.broken), 300)}"


def _differences(found: Repaired) -> Iterator[str]:
    differences = found.examined.differences if found.examined is not None else ()
    for probe in _varied(differences)[:_SHOWN]:
        both = f"was {_did(probe.old.execution)}, is {_did(probe.new.execution)}"
        yield f"  {printable(_call(found, probe.case), _TEXT)} {both}"


def _varied(probes: Sequence[Probe]) -> list[Probe]:
    """Return probes so that the first of each way in which both ended come before the others of that way."""
    ways = [
        tuple((one.execution.outcome, one.execution.exception) for one in (probe.old, probe.new))
        for probe in probes
    ]
    first = [ways.index(way) == place for place, way in enumerate(ways)]
    return [
        *itertools.compress(probes, first),
        *itertools.compress(probes, (not one for one in first)),
    ]


def _untested(found: Repaired) -> Iterator[str]:
    lines = found.examined.untested if found.examined is not None else ()
    if lines:
        yield f"  branches of which no stated case takes one way: line {', '.join(map(str, lines[:20]))}"


def _disagreements(found: Repaired) -> Iterator[str]:
    if found.disagreements:
        count = len(found.disagreements)
        yield f"  {found.plausible} programs of the method pass the tests; they differ on {count} of the inputs tried"
    for one in found.disagreements[:_SHOWN]:
        groups = " or ".join(_did(group.did) for group in one.groups[:4])
        yield f"    {printable(_call(found, one.case), _TEXT)} is {groups}"


def _call(found: Repaired, case: Case) -> str:
    return f"{found.entry}{case_text(case)}"


def _did(execution: Execution, limit: int = _TEXT) -> str:
    what = "value" if execution.outcome is Outcome.RETURNED else "outcome"
    return printable(did(execution, what), limit) or str(execution.outcome)


# ----------------------------------------------------------------------------------------------------------- JSON


def document(found: Repaired) -> dict[str, Any]:
    """Return a repair as one JSON document."""
    examined = found.examined
    return {
        "status": str(found.status),
        "objected": found.objected,
        "file": str(found.source.path),
        "entry": found.entry,
        "method": found.method,
        "why": found.why,
        "diff": diff(found),
        "program": found.program.source if found.program is not None else None,
        "before": [_judgement(one) for one in found.before],
        "after": [_judgement(one) for one in found.after],
        "broken": list(found.broken),
        "stated": [_stated(found, one) for one in examined.stated] if examined is not None else _known(found),
        "suspects": [{"line": one.line, "score": round(one.score, 4)} for one in found.suspects],
        "guard": None if examined is None else _examined(found, examined),
        "plausible": found.plausible,
        "disagreements": [_disagreement(found, one) for one in found.disagreements],
        "spent": found.spent,
    }


def _judgement(judgement: Judgement) -> dict[str, Any]:
    return {
        "check": judgement.check,
        "verdict": str(judgement.verdict),
        "strength": str(judgement.strength),
        "outcome": str(judgement.outcome),
        "weak_because": printable(judgement.weak_because, _DOCUMENT),
    }


def _stated(found: Repaired, one: Stated) -> dict[str, Any]:
    return {
        "call": printable(_call(found, Case(args=one.pair.args)), _DOCUMENT),
        "expected": printable(repr(one.pair.expected), _DOCUMENT),
        "before": _did(one.old.execution, _DOCUMENT),
        "now": _did(one.new.execution, _DOCUMENT),
        "failed": not one.old_right,
    }


def _known(found: Repaired) -> list[dict[str, Any]]:
    evidence = found.evidence
    return [
        {
            "call": printable(_call(found, Case(args=pair.args)), _DOCUMENT),
            "expected": printable(repr(pair.expected), _DOCUMENT),
            "before": _did(trace.execution, _DOCUMENT),
            "now": None,
            "failed": failed,
        }
        for pair, trace, failed in zip(evidence.pairs, evidence.traces, evidence.failed, strict=True)
    ]


def _examined(found: Repaired, examined: Examined) -> dict[str, Any]:
    return {
        "finding": str(examined.finding),
        "why": printable(examined.why, _DOCUMENT),
        "signals": [
            {
                "kind": str(one.kind),
                "decides": one.decides,
                "evidence": printable(one.evidence, _DOCUMENT),
                "lines": list(one.lines),
            }
            for one in examined.signals
        ],
        "inputs": len(examined.probes),
        "kept_like_passing": examined.kept_like_passing,
        "changed_like_passing": examined.changed_like_passing,
        "differences": [_probe(found, one) for one in examined.differences],
        "untested": list(examined.untested),
    }


def _probe(found: Repaired, probe: Probe) -> dict[str, Any]:
    return {
        "call": printable(_call(found, probe.case), _DOCUMENT),
        "before": _did(probe.old.execution, _DOCUMENT),
        "now": _did(probe.new.execution, _DOCUMENT),
        "near": str(probe.near),
    }


def _disagreement(found: Repaired, one: Disagreement) -> dict[str, Any]:
    return {
        "call": printable(_call(found, one.case), _DOCUMENT),
        "groups": [
            {"programs": list(group.programs), "did": _did(group.did, _DOCUMENT)} for group in one.groups
        ],
    }
