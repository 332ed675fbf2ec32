"""All attacks in all styles of testing, and all honest programs, in one tier: counts, and what went wrong.

What stays behind is looked at after each batch of attacks and after all honest programs (`tests/attacks/footprint.py`).

Leaves out: which tier, and as which user (`attacks.py`).
"""

import sys
import time
from collections import Counter
from typing import Any

from tests.attacks.batches import Found, Work, own_temporary_directory, try_attacks
from tests.attacks.footprint import Footprint, left_since
from tests.attacks.honest import HONEST, PROGRAMS
from tests.attacks.judging import WIDE, Result, judge_all
from tests.attacks.programs import ATTACKS, Attack
from tests.attacks.tasks import styles

from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation


def matrix(tier: str, isolation: Isolation) -> dict[str, Any]:
    """Try all attacks in all styles, and all honest programs; return counts and what went wrong."""
    began = time.monotonic()
    every = styles()
    total = len(ATTACKS)

    def work_of(attack: Attack) -> Work:
        tasks = [task for style in every for task in style.tasks]
        return [(attack.name, task, attack.source(task)) for task in tasks if attack.applies(task)]

    def tell(done: int, found: Found) -> None:
        accepted = sum(result.accepted for result in found.results.values())
        told(f"{tier}: {done} of {total} attacks, {len(found.results)} runs, {accepted} accepted")
        if found.left:
            told(f"{tier}: left behind: {found.left}")

    found = try_attacks(ATTACKS, work_of, isolation=isolation, tell=tell)
    honest, left = honest_programs(tier, isolation)
    hostile = found.results
    style_of = {task.id: style.name for style in every for task in style.tasks}
    wrong = {key: result for key, result in hostile.items() if _is_wrong(result)}
    wrong |= {key: result for key, result in honest.items() if not result.accepted}
    return {
        "attacks": total,
        "families": dict(Counter(attack.family for attack in ATTACKS)),
        "runs": len(hostile),
        "runs_by_style": dict(Counter(style_of[task] for _, task in hostile)),
        "accepted": sum(result.accepted for result in hostile.values()),
        "unscored": sum(result.unscored is not None for result in (*hostile.values(), *honest.values())),
        "unknown": sum(_is_unknown(result) for result in hostile.values()),
        "honest_programs": len(HONEST) + len(PROGRAMS),
        "honest_runs": len(honest),
        "false_alarms": sum(not result.accepted for result in honest.values()),
        "leaks": [f"{name or 'all'}: {text}" for name, texts in found.left.items() for text in texts]
        + [f"honest programs: {text}" for text in left],
        "wrong": [_shown(*item) for item in wrong.items()]
        + ([f"at the end: {found.unhealthy}"] if found.unhealthy else []),
        "wall_s": round(time.monotonic() - began, 1),
    }


def honest_programs(tier: str, isolation: Isolation) -> tuple[dict[tuple[str, str], Result], list[str]]:
    """Judge all honest programs; return what came of them and what they left behind."""
    suspects: Work = [
        (f"{number} {program.name}", task, program.source)
        for program in HONEST
        for number, task in enumerate(program.tasks())
    ]
    suspects += [(f"program {name}", prints, source) for name, source, prints in PROGRAMS]
    results: dict[tuple[str, str], Result] = {}
    with own_temporary_directory():
        before = Footprint.now()
        with Sandbox(isolation) as sandbox:
            for start in range(0, len(suspects), 200):
                results |= judge_all(sandbox, suspects[start : start + 200], WIDE)
                alarms = sum(not result.accepted for result in results.values())
                told(f"{tier}: {len(results)} of {len(suspects)} honest runs, {alarms} false alarms")
            left = left_since(before, sandbox)
        left += left_since(before, None)
    return results, left


def _is_wrong(result: Result) -> bool:
    return result.accepted or result.unscored is not None or _is_unknown(result)


def _is_unknown(result: Result) -> bool:
    return result.evidence.startswith("unknown")


def _shown(key: tuple[str, str], result: Result) -> str:
    return f"{key[0]} on {key[1]}: {result.evidence[:300]} {result.unscored or ''}"


def told(text: str) -> None:
    """Say how far this is."""
    print(text, file=sys.stderr, flush=True)
