"""The starter set is right by itself: its references pass their own checks (our own code, run here)."""

import copy

import pytest

from trialrun.core.task import AssertCheck, CaseCheck
from trialrun.tasks import registry

pytestmark = pytest.mark.fast
TASKS = registry.load("starter").tasks


def define(source, entry):
    space = {}
    exec(source, space)
    return space[entry]


def run_asserts(task, check, function):
    space = {}
    exec(task.context, space)
    space[task.entry] = function
    exec(check.code, space)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.entry)
def test_reference_passes(task):
    function = define(task.reference, task.entry)
    checks = (*task.public_checks, *task.hidden_checks)
    assert task.public_checks and task.hidden_checks
    for check in checks:
        if isinstance(check, AssertCheck):
            assert check.remote == (task.entry,) and check.same_process is None
            run_asserts(task, check, function)
        else:
            assert isinstance(check, CaseCheck) and check.expected is None and len(check.cases) >= 5
            for case in check.cases:
                given = copy.deepcopy(case.args)
                function(*given)
                assert repr(given) == repr(case.args), "cases are for functions that leave arguments alone"


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.entry)
def test_a_stub_fails_every_task(task):
    stub = define(task.prefix, task.entry)
    for check in task.hidden_checks:
        if isinstance(check, AssertCheck):
            with pytest.raises((AssertionError, TypeError)):
                run_asserts(task, check, stub)
        else:
            reference = define(task.reference, task.entry)
            assert any(stub(*case.args) != reference(*case.args) for case in check.cases)


def test_kinds_of_results_are_covered():
    results = set()
    for task in TASKS:
        function = define(task.reference, task.entry)
        for check in task.hidden_checks:
            if isinstance(check, CaseCheck):
                results |= {type(function(*case.args)).__name__ for case in check.cases}
    assert results >= {"int", "float", "bool", "str", "list", "tuple", "set", "dict"}


def test_identity():
    first, second = registry.load("starter"), registry.load("starter")
    assert len(first.tasks) == 24
    assert [task.hash for task in first.tasks] == [task.hash for task in second.tasks]
    assert [task.id for task in first.tasks] == [f"Starter/{number}" for number in range(1, 25)]
