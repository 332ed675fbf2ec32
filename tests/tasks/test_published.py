"""The published task sets: counts, hashes, what each reader makes of its rows."""

import hashlib
import json

import pytest

from trialrun.compare.named_oracles import ORACLES
from trialrun.core.task import ANSWER, AssertCheck, CaseCheck, PredictionCheck
from trialrun.lang.scopes import names
from trialrun.tasks import mbpp, registry
from trialrun.tasks.mbpp_plus import restore
from trialrun.tasks.suites import SUITES
from trialrun.verify.prediction import ORACLES as EXECUTION_ORACLES

pytestmark = pytest.mark.data
PUBLISHED = [name for name, suite in SUITES.items() if suite.file is not None]


def cases(task_set, check_name):
    checks = [check for task in task_set.tasks for check in task.hidden_checks if check.name == check_name]
    return sum(len(check.cases) for check in checks)


@pytest.mark.parametrize("name", PUBLISHED)
def test_size_version_and_identity(load, name):
    task_set = load(name)
    assert len(task_set.tasks) == SUITES[name].size
    assert task_set.version == SUITES[name].file.version
    assert task_set.sha256 == SUITES[name].file.sha256
    assert len({task.id for task in task_set.tasks}) == len(task_set.tasks)
    assert len({task.hash for task in task_set.tasks}) == len(task_set.tasks)
    for task in task_set.tasks:
        assert task.suite == name and task.reference and task.licence and task.source
        assert task.entry or task.language == ANSWER
        assert task.id.startswith(SUITES[name].prefix + "/")


@pytest.mark.parametrize(("name", "base", "plus"), [("humaneval+", 1570, 122683), ("mbpp+", 1174, 39841)])
def test_number_of_inputs(load, name, base, plus):
    task_set = load(name)
    assert (cases(task_set, "base"), cases(task_set, "plus")) == (base, plus)


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_name_in_test_code_has_an_owner(load, name):
    """Builtin, context, or remote: nothing else, but where a check shares the candidate's process."""
    for task in load(name).tasks:
        context = names(task.context).defined
        for check in (*task.hidden_checks, *task.public_checks):
            if isinstance(check, AssertCheck) and not check.same_process:
                assert set(names(check.code).free) <= {*context, *check.remote}, task.id
                assert check.remote == (task.entry,), task.id


@pytest.mark.parametrize("name", PUBLISHED)
def test_references_define_the_entry_point_and_oracles_exist(load, name):
    for task in load(name).tasks:
        assert task.language == ANSWER or task.entry in names(task.reference).functions, task.id
        for check in task.hidden_checks:
            if isinstance(check, PredictionCheck):
                assert check.oracle in EXECUTION_ORACLES
                assert check.source or check.oracle == "stated"  # an answer that is told, of no program
            if isinstance(check, CaseCheck):
                assert check.oracle is None or check.oracle in ORACLES


def test_public_view_holds_no_hidden_text(load):
    task = load("humaneval").tasks[0]
    assert "check(candidate)" not in repr(task.public()) and task.reference not in repr(task.public())


# ------------------------------------------------------------------------------------------- HumanEval


def test_humaneval_context_holds_the_helpers_of_the_prompt(load):
    tasks = {task.id: task for task in load("humaneval").tasks}
    for number, helper in ((32, "poly"), (38, "encode_cyclic"), (50, "encode_shift")):
        task = tasks[f"HumanEval/{number}"]
        assert helper in names(task.context).functions
        assert helper not in task.hidden_checks[0].remote
    for task in tasks.values():
        compile(task.context, task.id, "exec")
        compile(task.hidden_checks[0].code, task.id, "exec")


def test_humaneval_plus_oracle_and_tolerance(load):
    tasks = {task.id: task for task in load("humaneval+").tasks}
    judged = {
        name: task.hidden_checks[1].oracle for name, task in tasks.items() if task.hidden_checks[1].oracle
    }
    assert judged == {"HumanEval/32": "polynomial-root"}
    tolerances = {
        name: task.hidden_checks[1].atol for name, task in tasks.items() if task.hidden_checks[1].atol
    }
    assert tolerances == {"HumanEval/2": 1e-6, "HumanEval/4": 1e-6, "HumanEval/32": 1e-4}
    assert sum(len(check.cases) for check in tasks["HumanEval/32"].hidden_checks) == 888


# ------------------------------------------------------------------------------------------------ MBPP


def test_mbpp_tasks_that_must_share_a_process(load):
    reasons = {task.id: task.hidden_checks[0].same_process for task in load("mbpp").tasks}
    assert {name: reason for name, reason in reasons.items() if reason} == {
        "Mbpp/367": "the tests use the class Node, which only the solution defines",
        "Mbpp/601": "the tests use the class Pair, which only the solution defines",
        "Mbpp/927": "the tests use the class Node, which only the solution defines",
    }


def test_mbpp_defects(load):
    defects = {task.id: task.defect for task in load("mbpp").tasks if task.defect}
    assert list(defects) == ["Mbpp/596"]
    assert "sys" in defects["Mbpp/596"]


@pytest.mark.parametrize(
    ("name", "tasks", "words"),
    [
        ("humaneval+", ["HumanEval/32"], "7 of 888 inputs"),
        ("mbpp+", ["Mbpp/255"], "1.2 GB"),
        ("mbpp-pro", ["MbppPro/36", "MbppPro/117", "MbppPro/260"], "before 3.12"),
    ],
)
def test_defects_that_running_shows(load, name, tasks, words):
    assert [task.id for task in load(name).tasks if words in (task.defect or "")] == tasks


def test_mbpp_entry_that_shadows_a_builtin_is_the_candidates(load):
    task = next(task for task in load("mbpp").tasks if task.id == "Mbpp/126")
    assert (task.entry, task.hidden_checks[0].remote) == ("sum", ("sum",))


def test_both_published_forms_of_mbpp_give_the_same_tasks(load, tmp_path):
    ours = load("mbpp")
    rows = json.loads(registry.datafiles.locate(SUITES["mbpp"].file).read_bytes())
    assert "gold" in rows[0], "this test rebuilds Google's form from InterCode's"
    lines = []
    for row in rows:
        published = {
            "text": row["query"],
            "code": row["gold"],
            "task_id": row["task_id"],
            "test_setup_code": row["test_setup_code"],
            "test_list": row["tests"][: mbpp.TESTS],
            "challenge_test_list": row["tests"][mbpp.TESTS :],
        }
        lines.append(json.dumps(published) + "\n")
    path = tmp_path / "mbpp.jsonl"
    path.write_text("".join(lines))
    theirs = registry.load("mbpp", path=path)
    assert [(task.id, task.hash) for task in theirs.tasks] == [(task.id, task.hash) for task in ours.tasks]
    assert theirs.version.startswith("sha256:")
    assert any(b"\r\n" in row["gold"].encode() for row in rows)
    assert not any("\r" in task.reference for task in ours.tasks)


# ----------------------------------------------------------------------------------------------- MBPP+


def test_mbpp_plus_inputs_are_restored_as_evalplus_does(load):
    """The digest was made with EvalPlus 0.3.1's own function over all 41,015 inputs."""
    digest = hashlib.sha256()
    for task in load("mbpp+").tasks:
        for check in task.hidden_checks:
            for case in check.cases:
                digest.update(repr(case.args).encode())
    assert digest.hexdigest() == "31fcfbe80b80ccafc801bd233fe389ee94aa6bab81bafc198715c127edcaf38d"


def test_mbpp_plus_row_without_plus_inputs(load):
    task = next(task for task in load("mbpp+").tasks if task.id == "Mbpp/793")
    assert [len(check.cases) for check in task.hidden_checks] == [3]


def test_mbpp_plus_oracles(load):
    by_oracle = {}
    for task in load("mbpp+").tasks:
        if task.hidden_checks[0].oracle:
            by_oracle.setdefault(task.hidden_checks[0].oracle, []).append((task.id, task.entry))
    assert by_oracle["not-none"] == [
        ("Mbpp/737", "check_str"),
        ("Mbpp/787", "text_match_three"),
        ("Mbpp/794", "text_starta_endb"),
    ]
    assert dict(by_oracle["set-equal"]) == {
        "Mbpp/2": "similar_elements",
        "Mbpp/7": "find_char_long",
        "Mbpp/111": "common_in_nested_lists",
        "Mbpp/140": "extract_singly",
        "Mbpp/232": "larg_nnum",
        "Mbpp/579": "find_dissimilar",
        "Mbpp/769": "Diff",
    }
    assert by_oracle["digit-distance"] == [("Mbpp/558", "digit_distance_nums")]
    assert by_oracle["pyramid-surface"] == [("Mbpp/581", "surface_Area")]
    assert set(by_oracle) == {"not-none", "set-equal", "digit-distance", "pyramid-surface"}


@pytest.mark.parametrize(
    ("number", "stored", "restored"),
    [
        (2, [[1, 2], []], ((1, 2), ())),
        (63, [[[1, 2], [3, 4]]], ([(1, 2), (3, 4)],)),
        (75, [[[1, 2]], 5], ([(1, 2)], 5)),
        (106, [[1], [2]], ([1], (2,))),
        (115, [[[1, 1], [], 3]], ([{1}, {}, {}],)),
        (124, ["1", "2j"], (1.0, 2j)),
        (250, [[1, 2], 2], ((1, 2), 2)),
        (252, [4], ((4 + 0j),)),
        (259, [[[1], [2]], [[3]]], (((1,), (2,)), ((3,),))),
        (278, [[1, [2, [3]]]], ((1, (2, [3])),)),
        (307, [["a", 5, [], True], 2, 50], (("a", 5, [], True), 2, 50)),
        (580, [[1, [2, [3]]]], ((1, (2, (3,))),)),
        (722, [{"a": [6.2, 70]}, 6.0, 70], ({"a": (6.2, 70)}, 6.0, 70)),
        (3, [[1, [2]]], ([1, [2]],)),
    ],
)
def test_restored_types(number, stored, restored):
    assert repr(restore(number, stored)) == repr(restored)


# ------------------------------------------------------------------------------------------------- Pro


@pytest.mark.parametrize(
    ("name", "stubless", "imports"),
    [
        ("humaneval-pro", 11, {"HumanEvalPro/2": "import math\n"}),
        (
            "mbpp-pro",
            25,
            {
                "MbppPro/38": "import math\n",
                "MbppPro/82": "import math\n",
                "MbppPro/104": "import math\n",
                "MbppPro/204": "from collections import Counter\n",
                "MbppPro/260": "import cmath\n",
            },
        ),
    ],
)
def test_traits_of_the_pro_sets(load, name, stubless, imports):
    tasks = load(name).tasks
    assert {task.id: task.context for task in tasks if task.context} == imports
    assert sum("shows no stub" in (task.defect or "") for task in tasks) == stubless
    assert not any(check.same_process for task in tasks for check in task.hidden_checks)


def test_a_pro_completion_continues_the_base_problem(load):
    task = load("humaneval-pro").tasks[0]
    assert task.reference.startswith(task.prefix) and task.prefix in task.statement
    assert task.entry == "find_close_elements_lists"
