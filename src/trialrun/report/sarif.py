"""The ledger of a comparison as SARIF 2.1.0, the form that code scanning reads.

One result a difference, by its kind; one an announced difference, suppressed with its reason; notes for what was
skipped. Text that a program made is message text only: SARIF viewers read messages as plain text where there is no
`markdown` member, and `[text](n)` links need brackets, which are escaped.

Leaves out: fixes, code flows.
"""

import hashlib
import json
from typing import Any
from urllib.parse import quote

from trialrun.compare.ledger import Ledger, Line, State
from trialrun.core.printable import printable
from trialrun.core.version import VERSION
from trialrun.report.differences import shown

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_RULES = (
    (
        "strict",
        "behaviour-change",
        "warning",
        "A function returns, prints or changes something else than before.",
    ),
    (
        "crash",
        "outcome-change",
        "warning",
        "A call that ended normally raises, hangs or is stopped, or the reverse.",
    ),
    (
        "representation",
        "representation-change",
        "note",
        "A result differs in type, letter case or white space only.",
    ),
    ("skipped", "not-compared", "note", "A changed function was not compared."),
)


def render(ledger: Ledger) -> str:
    """Return the whole log."""
    results = [result for line in ledger.lines if (result := _result(line)) is not None]
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "trialrun",
                        "version": VERSION,
                        "rules": [_rule(*one) for one in _RULES],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the repository."}}},
                "invocations": [{"executionSuccessful": True}],
                "properties": {"ledger": ledger.sum, "madeWith": dict(ledger.facts)},
                "results": results,
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=True) + "\n"


def _rule(kind: str, name: str, level: str, text: str) -> dict[str, Any]:
    return {
        "id": name,
        "shortDescription": {"text": text},
        "defaultConfiguration": {"level": level},
        "properties": {"kind": kind},
    }


def _result(line: Line) -> dict[str, Any] | None:
    if line.difference is not None:
        found = shown(line.difference)
        kind = str(line.difference.kind)
        said = (
            f"{line.name} differs in {found.what}. Input: {found.input}. Old: {found.old}. New: {found.new}."
        )
    elif line.state is State.SKIPPED:
        kind, said = "skipped", f"{line.name} was not compared: {line.reason}"
    else:
        return None
    place, (_, rule, level, _) = next((at, one) for at, one in enumerate(_RULES) if one[0] == kind)
    region = {"startLine": max(line.line, 1)}
    file = {"uri": quote(line.file, errors="surrogateescape"), "uriBaseId": "SRCROOT"}
    result: dict[str, Any] = {
        "ruleId": rule,
        "ruleIndex": place,
        "level": level,
        "message": {"text": _text(said)},
        "locations": [{"physicalLocation": {"artifactLocation": file, "region": region}}],
        "partialFingerprints": {"function/v1": _fingerprint(line, rule)},
    }
    if line.difference is not None and line.intended is not None:
        reason = _text(line.intended)
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
    return result


def _text(text: str) -> str:
    """Return hostile text as message text, in which brackets would begin a link and braces a placeholder."""
    plain = printable(text, 8000).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return plain.replace("{", "{{").replace("}", "}}")


def _fingerprint(line: Line, rule: str) -> str:
    return hashlib.sha256(f"{line.file}\n{line.name}\n{rule}".encode("utf-8", "surrogatepass")).hexdigest()[
        :32
    ]
