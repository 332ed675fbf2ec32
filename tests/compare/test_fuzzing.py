"""Campaigns against small systems of the test's own: reactions, oracles, reduction, resuming, killing."""

import json
import os
import re
import time
from pathlib import Path

import msgspec
import pytest

from trialrun.compare.fuzzing import Campaign, Fuzzing, disagree
from trialrun.compare.systems import Reply, Served, System, read_execution
from trialrun.core.errors import UsageError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.lang.smtlib import parse_smtlib
from trialrun.lang.systems import callable_system, command_system
from trialrun.models.scripted import Scripted, asked_text
from trialrun.probe.engine import Strategy, Target
from trialrun.probe.fuzz4all import Answer, Fuzz4All, Reaction, Round
from trialrun.probe.model_engine import ModelEngine
from trialrun.probe.splice import Splice
from trialrun.run.interpreter import find_interpreter
from trialrun.run.sandbox import Sandbox

SMT = Target(name="SMT-LIB 2", language="smtlib", trigger="Write one script:", needs=r"\(check-sat\)")
JSON = Target(name="JSON", language="json", trigger="Write one document:")
LIMITS = Limits(cpu_s=0.3, wall_s=1.0, memory_mb=512)

SOLVER = """
import re
def solve(text):
    # Right, but for one constant: an honest solver says sat where every number is below 50.
    if text.count("(") != text.count(")"): return '(error "brackets")\\nsat'
    if "77" in text and {wrong}: return "unsat"
    numbers = [int(n) for n in re.findall(r"[0-9]+", text)]
    return "unknown" if any(n > 500 for n in numbers) else "sat"
"""
NAMES = "(declare-fun a () Int)\n(declare-fun b () Int)\n"
SEEDS = (
    NAMES + "(assert (> a 1))\n(assert (and (< b 3) (= a (+ b 77))))\n(check-sat)\n",
    NAMES + "(declare-fun c () Int)\n(assert (distinct a 5 (* c 600)))\n(assert (< c 9))\n(check-sat)\n",
)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def system(source, entry="check", rejects=("ValueError",), **how):
    return System(
        name=how.pop("name", "system"), program=callable_system(source, entry, rejects), limits=LIMITS, **how
    )


def solver(sandbox, wrong, name):
    return Served.start(system(SOLVER.format(wrong=wrong), "solve", name=name, solver=True), sandbox)


def reactions(sandbox, tested, *texts):
    with Served.start(tested, sandbox) as served:
        return [(reply.answer.reaction.value, reply.answer.error) for reply in served.run(texts)]


def test_reactions_of_a_callable_system(sandbox):
    source = """
import ctypes, os
def check(text):
    if text == "refused": raise ValueError
    if text == "broken": raise KeyError("inside")
    if text == "crash": ctypes.string_at(0)
    if text == "exit": os._exit(3)
    if text == "hang":
        while True: pass
    if text == "fill": return len(bytearray(1 << 40))
    return "fine"
"""
    texts = ("fine", "refused", "broken", "crash", "exit", "hang", "fill", "fine")
    found = reactions(sandbox, system(source), *texts)
    assert [reaction for reaction, _ in found[:6]] == ["safe", "invalid", "bug", "bug", "bug", "timeout"]
    assert found[1][1] == "ValueError" and found[2][1] == "KeyError" and "SIGSEGV" in found[3][1]
    assert found[7] == ("safe", "")


def test_a_driver_that_answers_nonsense_is_a_bug_and_no_crash_of_ours():
    assert read_execution(Execution(outcome=Outcome.RETURNED, value=b"nonsense"))[0] is Reaction.BUG
    assert read_execution(Execution(outcome=Outcome.RETURNED, value=None))[0] is Reaction.BUG
    assert read_execution(Execution(outcome=Outcome.INFRASTRUCTURE))[0] is Reaction.INVALID


TOOL = """
import os, sys, time
name = sys.argv[1]
text = open(name).read()
if text == "crash": os.abort()
if text == "internal": print("ASSERTION VIOLATION in file x.cpp"); sys.exit(0)
if text == "refused": sys.exit(2)
if text == "litter": open("litter", "w").close()
if text == "child":
    if os.fork() == 0:
        os.setsid()
        time.sleep(MARK)
    time.sleep(MARK)
if text == "spin":
    while True: pass
print(name, os.listdir("."), text)
"""


def command(tool=TOOL):
    python = find_interpreter(None)
    return System(
        name="tool",
        program=command_system([python.executable, "-I", "-S", "-c", tool], suffix=".txt"),
        limits=Limits(cpu_s=2.0, wall_s=1.5, memory_mb=512, processes=True),
    )


def test_reactions_of_a_command(sandbox):
    found = reactions(sandbox, command(), "fine", "crash", "internal", "refused", "spin", "fine")
    assert [reaction for reaction, _ in found] == ["safe", "bug", "bug", "invalid", "timeout", "safe"]
    assert found[1][1] == "signal 6" and found[2][1] == "ASSERTION VIOLATION" and found[3][1] == "exit code 2"


def test_what_a_command_leaves_behind_is_gone_before_the_next_input(sandbox):
    with Served.start(command(), sandbox) as served:
        first, second = served.run(["litter", "fine"])
    assert "'litter'" in first.output and "'litter'" not in second.output


def test_file_names_and_texts_never_reach_a_shell(sandbox):
    text = "$(touch owned); `touch owned` && touch owned | ' \" \n"
    with Served.start(command(), sandbox) as served:
        first, second = served.run([text, text])
    for reply in (first, second):
        assert reply.answer.reaction is Reaction.SAFE and text in reply.output
        assert re.match(r"input\.txt \['(input\.txt|output)', '(input\.txt|output)'\]", reply.output)
    with pytest.raises(UsageError, match="absolute path"):
        command_system(["z3"])


def test_a_hanging_command_is_killed_with_its_children(sandbox):
    mark = f"864000.{os.getpid()}"
    with Served.start(command(TOOL.replace("MARK", mark)), sandbox) as served:
        assert served.run(["child"])[0].answer.reaction is Reaction.TIMEOUT
        assert served.run(["fine"])[0].answer.reaction is Reaction.SAFE
        served.serving.close()
        ends = time.monotonic() + 10
        while (left := _running(mark)) and time.monotonic() < ends:
            time.sleep(0.05)
    assert not left


def _running(mark):
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in place.read_bytes():
                found.append(place)
        except OSError:
            pass
    return found


def reply(output, reaction=Reaction.SAFE):
    return Reply(Answer(reaction), output)


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        (reply("sat\n"), reply("unsat\n"), "sat/unsat"),
        (reply("sat\nunsat\n"), reply("sat\nsat\n"), "unsat/sat"),
        (reply("sat\n"), reply("sat\n"), ""),
        (reply("unknown\n"), reply("sat\n"), ""),
        (reply("unsat\n"), reply("unknown\n"), ""),
        (reply("unsupported\nsat\n"), reply("unsat\n"), ""),
        (reply("timeout\n"), reply("unsat\n"), ""),
        (reply("sat\n"), reply("unsat\n", Reaction.TIMEOUT), ""),
        (reply('(error "line 1")\nsat\n'), reply("unsat\n"), ""),
        (reply("sat\n"), reply('unsat\n(error "line 3")\n'), ""),
        (reply("sat\n"), reply("sat\nunsat\n"), ""),
    ],
)
def test_only_sat_against_unsat_is_a_disagreement(one, two, expected):
    assert disagree(one, two) == expected


def campaign(sandbox, *, log=None, most=600, progress=None, wrong="True", seed=3):
    systems = [solver(sandbox, wrong, "old"), solver(sandbox, "False", "new")]
    fuzzing = Fuzzing(
        Fuzz4All(batch=10, most=most, seed=seed, strategies=tuple(Strategy)),
        Splice(SEEDS, parse_smtlib),
        SMT,
        systems,
        parse=parse_smtlib,
        log=log,
    )
    if progress is not None:
        fuzzing.progress = progress
    with systems[0], systems[1]:
        return fuzzing.run()


def test_a_wrong_solver_is_found_and_the_script_is_small(sandbox):
    found = campaign(sandbox)
    disagreements = [finding for finding in found.findings if finding.kind == "disagreement"]
    assert disagreements and disagreements[0].error == "unsat/sat"
    assert disagreements[0].systems == ("old", "new")
    smallest = min(disagreements, key=lambda finding: finding.lines)
    assert smallest.lines <= 3 and "77" in smallest.text and len(smallest.text) < len(smallest.original)
    assert found.unsteady == 0 and found.suspicions > len(found.findings)


def test_an_honest_pair_of_solvers_gives_no_finding(sandbox):
    found = campaign(sandbox, wrong="False")
    assert not found.findings and not found.suspicions
    assert found.reactions[Reaction.SAFE] > 100


def test_validity_counts_no_duplicates_and_nothing_unwanted(sandbox):
    model = Scripted(
        lambda request, index: "(check-sat)" if index % 2 else f"(assert (> a {index}))(check-sat)"
    )
    served = solver(sandbox, "False", "new")
    with served:
        found = Fuzzing(
            Fuzz4All(batch=10, most=40), ModelEngine(model=model, target=SMT, chat=False), SMT, [served]
        ).run()
    assert (found.written, found.distinct, found.valid) == (40, 24, 24)
    assert found.validity == 0.6
    assert Campaign().validity == 0.0


def test_an_interrupted_campaign_goes_on_as_if_it_had_not_been(sandbox, tmp_path):
    """Killed after some rounds and within a line of its log; the sequence and the findings are the same."""
    whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    once = campaign(sandbox, log=whole, most=300)

    class Stop(Exception):
        pass

    def stop(campaign):
        if campaign.written >= 120:
            raise Stop

    with pytest.raises(Stop):
        campaign(sandbox, log=cut, most=300, progress=stop)
    cut.write_bytes(cut.read_bytes()[:-20])
    again = campaign(sandbox, log=cut, most=300)
    assert cut.read_bytes() == whole.read_bytes()
    assert [finding.text for finding in again.findings] == [finding.text for finding in once.findings]
    assert (again.written, again.valid, again.reactions) == (once.written, once.valid, once.reactions)


def test_a_resumed_campaign_knows_which_behaviour_is_known(sandbox, tmp_path):
    """An error class and the branches that the recorded rounds have shown are not new once more."""
    source = "import json\ndef check(text): json.loads(text)\n"
    tested = system(source, name="json", watch=(str(Path(json.__file__).parent),))
    model = Scripted(
        lambda request, index: (
            "s" if "Summarise" in asked_text(request) else f"[{request.seed + index}" + "]" * (index % 2)
        )
    )

    def novel(most, log):
        served = Served.start(tested, sandbox)
        engine = ModelEngine(model=model, target=JSON, chat=False)
        with served:
            Fuzzing(Fuzz4All(batch=4, most=most), engine, JSON, [served], log=log).run()
        rounds = [msgspec.json.decode(line, type=Round) for line in log.read_bytes().splitlines()]
        return [answer.novel for round_ in rounds for answer in round_.answers]

    log = tmp_path / "log.jsonl"
    before = novel(24, log)
    after = novel(60, log)
    assert any(before) and after[: len(before)] == before and len(after) > len(before)
    assert not any(after[len(before) :])


def test_coverage_is_counted_and_a_bug_is_reduced(sandbox):
    source = """
import json
def check(text):
    found = json.loads(text)
    if isinstance(found, list) and "boom" in found: raise IndexError("a bug of the system")
"""
    tested = system(source, name="json", watch=(str(Path(json.__file__).parent),))
    pieces = ["[1]", '{"a": [true]}', '[1,\n2,\n"boom",\n[3]]', "[", '"x"']
    model = Scripted(
        lambda request, index: (
            "s" if "Summarise" in asked_text(request) else pieces[request.seed % 5] + " " * index
        )
    )
    served = Served.start(tested, sandbox)
    with served:
        found = Fuzzing(
            Fuzz4All(batch=5, most=120),
            ModelEngine(model=model, target=JSON, chat=False),
            JSON,
            [served],
        ).run()
    assert found.branches > 10 and found.reactions[Reaction.INVALID]
    assert [(finding.kind, finding.error) for finding in found.findings] == [("bug", "IndexError")]
    assert found.findings[0].lines < 4 and '"boom"' in found.findings[0].text


def test_a_system_that_fails_on_everything_is_a_mistake_of_the_caller(sandbox):
    served = Served.start(system("def check(text): raise NameError"), sandbox)
    engine = ModelEngine(
        model=Scripted(lambda request, index: f"[{request.seed + index}]"), target=JSON, chat=False
    )
    with served, pytest.raises(UsageError, match="fails on every input, always by 'NameError'"):
        Fuzzing(Fuzz4All(), engine, JSON, [served]).run()


def test_what_only_a_used_job_shows_is_no_finding(sandbox):
    """A system that keeps state: the third text fails, whatever it is."""
    source = "count = 0\ndef check(text):\n    global count\n    count += 1\n    if count % 3 == 0: raise KeyError\n"
    served = Served.start(system(source), sandbox)
    model = Scripted(lambda request, index: f"[{request.seed + index}]")
    with served:
        found = Fuzzing(
            Fuzz4All(batch=10, most=60), ModelEngine(model=model, target=JSON, chat=False), JSON, [served]
        ).run()
    assert found.suspicions > 10 and found.unsteady and not found.findings
