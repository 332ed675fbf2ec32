"""A thousand fresh questions from programs that no benchmark of reasoning has asked about, each by two back ends.

    python -m bench.fresh_questions [--count 1000] [--set mbpp+]

Programs and inputs are a task set's references and the first of its plain cases. Of each call every kind of question
is made (`learn/builders/reasoning.py`); what is refused is counted by its reason. Every question's answer is then
judged as any answer would be, and so is the answer to the question before it of the same kind: mostly wrong, and
right where two inputs take one path or have one result.

Leaves out: models.
"""

import argparse
import sys
import time
from collections import Counter
from typing import Any

from bench.cruxeval import check_of
from bench.measuring import circumstances, store
from trialrun.core.judgement import Verdict
from trialrun.core.program import Program
from trialrun.core.task import CaseCheck, Task
from trialrun.learn.builders.reasoning import LIMITS, questions
from trialrun.run.sandbox import Sandbox
from trialrun.tasks import registry
from trialrun.verify.prediction import judge_prediction


def built(
    sandbox: Sandbox, tasks: tuple[Task, ...], count: int, cases: int
) -> tuple[list[Task], Counter[str]]:
    """Return `count` questions, or as many as the tasks give, and why others were refused."""
    made: list[Task] = []
    refused: Counter[str] = Counter()
    for task in tasks:
        check = next((check for check in task.hidden_checks if isinstance(check, CaseCheck)), None)
        if check is None or task.reference is None:
            continue
        program = Program.from_source(task.reference, entry=task.entry, maker="reference")
        found = questions(sandbox, program, check.cases[:cases], suite="fresh")
        made += found.tasks
        refused.update(found.refused)
        if len(made) >= count:
            break
    return made[:count], refused


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--cases", type=int, default=2)
    parser.add_argument("--set", default="mbpp+")
    arguments = parser.parse_args()
    where = circumstances()
    began = time.process_time()
    with Sandbox() as sandbox:
        made, refused = built(sandbox, registry.load(arguments.set).tasks, arguments.count, arguments.cases)
        right = wrong_passed = 0
        before: dict[str, str] = {}
        for task in made:
            check, answer = check_of(task), task.reference or ""
            right += judge_prediction(sandbox, check, answer, LIMITS).verdict is Verdict.PASS
            other = before.get(check.name, "")
            if other and other != answer:
                wrong_passed += judge_prediction(sandbox, check, other, LIMITS).verdict is Verdict.PASS
            before[check.name] = answer
    result: dict[str, Any] = {
        "set": arguments.set,
        "questions": len(made),
        "by_kind": dict(Counter(check_of(task).name for task in made)),
        "own_answer_passes": right,
        "another_questions_answer_passes": wrong_passed,
        "refused": dict(refused),
        "supervisor_cpu_s": time.process_time() - began,
    }
    for name, value in result.items():
        print(f"{name}: {value}")
    print(store("fresh_questions", result, where=where))
    return right != len(made)


if __name__ == "__main__":
    sys.exit(main())
