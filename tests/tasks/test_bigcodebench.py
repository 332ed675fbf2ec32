"""BigCodeBench: three forms of rows, the prompts taken apart, pins for what tasks import."""

import json

import pytest

from trialrun.core.execution import Limits
from trialrun.core.task import Task, TaskSet, UnittestCheck
from trialrun.tasks import bigcodebench, needs, registry
from trialrun.tasks.attempts import Attempt, Form
from trialrun.tasks.bigcodebench_pins import PINS, requirements_of

PROMPT = 'import numpy as np\nK = 3\n\ndef task_func(x=[1,\n    2]):\n    """\n    Sum x.\n    """\n'
BODY = "    return np.sum(x)\n"
TEST = (
    "import unittest\nimport pandas as pd\nclass TestCases(unittest.TestCase):\n"
    "    def test_a(self): self.assertEqual(task_func(), K)\n"
)
ROW = {
    "task_id": "BigCodeBench/0",
    "complete_prompt": PROMPT,
    "instruct_prompt": "Sum x.",
    "code_prompt": "import numpy as np\nK = 3\ndef task_func(x=[1,\n    2]):\n",
    "canonical_solution": BODY,
    "test": TEST,
    "entry_point": "task_func",
    "libs": "['numpy']",
}
SAMPLED = {
    "id": "BigCodeBench/0",
    "content": PROMPT,
    "canonical_solution": BODY,
    "test": TEST,
    "labels": '{"entry_point": "task_func"}',
}


@pytest.mark.fast
@pytest.mark.parametrize(
    "text", [json.dumps(ROW), json.dumps({"BigCodeBench/0": ROW}), json.dumps([ROW]), json.dumps(SAMPLED)]
)
def test_every_published_form_gives_the_same_task(text, tmp_path):
    path = tmp_path / "rows.json"
    path.write_text(text)
    task_set = registry.load("bigcodebench", path=path)
    (task,) = task_set.tasks
    assert (task.id, task.entry, task_set.python) == ("BigCodeBench/0", "task_func", "3.10")
    (check,) = task.hidden_checks
    assert isinstance(check, UnittestCheck) and check.expected == ("TestCases.test_a",)
    assert check.remote == ("task_func",) and check.same_process is None
    assert "Sum x" not in task.prefix and task.statement == PROMPT
    assert "numpy==1.21.2" in task.requires and "pandas==2.0.3" in task.requires
    for code in (task.reference, task.context):
        scope: dict[str, object] = {}
        compile(code, "code", "exec", dont_inherit=True)
        assert "K = 3" in code and scope == {}


@pytest.mark.fast
def test_samples_are_calibrated(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(SAMPLED))
    (task,) = registry.load("bigcodebench", path=path).tasks
    whole = Attempt("", "0", "def task_func(x=0): return K\n", Form.CALIBRATED).program(task)
    assert "    pass\n" in whole and "import numpy" in whole
    compile(whole, "program", "exec", dont_inherit=True)


@pytest.mark.fast
def test_pins_of_what_a_library_uses_come_too():
    assert requirements_of(["os", "unheard_of"]) == ()
    assert {"numpy==1.21.2", "Pillow==10.3.0", "matplotlib==3.7.0"} <= set(requirements_of(["matplotlib"]))
    assert all("==" in pin for pin in PINS.values())


@pytest.mark.fast
def test_own_limits_hold_where_none_are_asked_for(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(ROW))
    task_set = registry.load("bigcodebench", path=path)
    assert needs.limits_for(task_set, Limits()).cpu_s == 60
    asked = needs.limits_for(task_set, Limits(cpu_s=1.0, processes=True))
    assert (asked.cpu_s, asked.memory_mb, asked.processes) == (1.0, 8192, True)
    assert needs.limits_for(registry.load("starter"), Limits()) == Limits()
    assert needs.common_modules(task_set) >= {"numpy", "pandas", "unittest"}
    assert needs.common_modules(registry.load("starter")) == frozenset()


@pytest.mark.fast
def test_a_module_is_common_from_one_task_in_twenty_on():
    def task(number, imports):
        return Task(id=str(number), suite="s", statement="", entry="f", reference=f"{imports}def f(): pass\n")

    tasks = [task(0, "import wave\n"), *(task(number, "import re, numpy\n") for number in range(1, 21))]
    few, many = (TaskSet(name="s", version="", sha256="", tasks=tuple(tasks[:n])) for n in (20, 21))
    assert needs.common_modules(few) == {"wave", "re", "numpy"}
    assert needs.common_modules(many) == {"re", "numpy"}


@pytest.mark.data
def test_the_sample_counts_its_tests(load):
    task_set = load("bigcodebench-sample")
    counts = [len(check.expected) for task in task_set.tasks for check in task.hidden_checks]
    assert sum(counts) == sum(
        check.code.count("    def test") for task in task_set.tasks for check in task.hidden_checks
    )
    assert {name for task in task_set.tasks if task.defect for name in [task.id]} == bigcodebench.NETWORK
