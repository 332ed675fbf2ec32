"""Programs × inputs: what comes, in which order, how much of it waits, and that nothing stays behind."""

import resource
import threading
import time
from pathlib import Path

import pytest

from trialrun.core.build_values import load_trusted
from trialrun.core.errors import SandboxError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run import matrix, row
from trialrun.run.batch import encode_calls
from trialrun.run.job import Cancelled, Job
from trialrun.run.matrix import run_matrix
from trialrun.run.outlet import MOST, MOST_BYTES, Outlet
from trialrun.run.row import run_row, shuffled
from trialrun.store.cache import BlobCache

LIMITS = Limits(cpu_s=1.0, wall_s=60.0, memory_mb=512)
COUNTING = "n = 0\ndef f(x):\n    global n\n    n += 1\n    return n"


def programs(*sources, entry="f"):
    return [Program.from_source(source, entry=entry) for source in sources]


def calls(count):
    return encode_calls("f", [Case(args=(n,)) for n in range(count)])


def value(execution):
    assert execution.outcome is Outcome.RETURNED, execution
    return load_trusted(execution.value)[0][0]


def table(cells):
    return {(cell.program, cell.case): cell.execution for cell in cells}


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("isolate", ["program", "case"])
def test_every_cell_once(sandbox, workers, isolate):
    made = programs("def f(x): return x + 1", "def f(x): return x * x", "def f(x): return [][x]")
    cells = list(run_matrix(sandbox, made, calls(20), LIMITS, workers=workers, isolate=isolate))
    assert len(cells) == 60 and len(table(cells)) == 60
    for (program, case), execution in table(cells).items():
        if program < 2:
            assert value(execution) == [case + 1, case * case][program]
        else:
            assert (execution.outcome, execution.exception) == (Outcome.RAISED, "IndexError")
    for program in range(3):
        assert [cell.case for cell in cells if cell.program == program] == list(range(20))


def test_state_between_calls_shows_unless_each_has_its_own_job(sandbox):
    made = programs(COUNTING)
    shared = [value(cell.execution) for cell in run_matrix(sandbox, made, calls(4), LIMITS)]
    apart = [value(cell.execution) for cell in run_matrix(sandbox, made, calls(4), LIMITS, isolate="case")]
    assert (shared, apart) == ([1, 2, 3, 4], [1, 1, 1, 1])


def test_a_shuffle_is_the_same_for_every_program_and_seed(sandbox):
    made = programs("def f(x): return x", COUNTING)

    def order(seed):
        cells = list(run_matrix(sandbox, made, calls(30), LIMITS, order="shuffled", seed=seed))
        rows = [[cell.case for cell in cells if cell.program == program] for program in (0, 1)]
        assert rows[0] == rows[1] and sorted(rows[0]) == list(range(30))
        assert [value(cell.execution) for cell in cells if cell.program == 0] == rows[0]
        return rows[0]

    assert order(1) == order(1) != order(2)
    assert order(1) != list(range(30))
    assert shuffled(5, None) == range(5)


def test_inputs_that_ended_a_row_come_first(sandbox):
    made = programs(
        *(f"def f(x):\n    if x in {bad}: raise KeyError\n    return x" for bad in ((5,), (5, 7), (7,), ()))
    )
    cells = list(
        run_matrix(
            sandbox,
            made,
            calls(10),
            LIMITS,
            order="fail-fast",
            until=lambda execution: execution.outcome is not Outcome.RETURNED,
        )
    )
    rows = [[cell.case for cell in cells if cell.program == program] for program in range(4)]
    assert rows == [[0, 1, 2, 3, 4, 5], [5], [5, 0, 1, 2, 3, 4, 6, 7], [5, 7, 0, 1, 2, 3, 4, 6, 8, 9]]


@pytest.mark.parametrize("isolate", ["program", "case"])
def test_a_program_that_does_not_load_is_one_cell(sandbox, isolate):
    made = programs("def f(x) return", "def f(x): return x", "1/0")
    found = table(run_matrix(sandbox, made, calls(3), LIMITS, isolate=isolate))
    assert found.keys() == {(0, 0), (1, 0), (1, 1), (1, 2), (2, 0)}
    assert (found[0, 0].outcome, found[2, 0].outcome) == (Outcome.SYNTAX, Outcome.LOAD)


def test_whole_programs(sandbox):
    made = programs(
        "import sys\nprint(sys.stdin.read().upper(), sys.argv[1:])\nopen('o', 'a').write('!')",
        "import os\nassert not os.path.exists('o')\nopen('o', 'w').write('1')",
        "print(",
        entry=None,
    )
    cases = [Case(stdin="a"), Case(argv=("b",)), Case(files=(("o", b"x"),))]
    found = table(run_matrix(sandbox, made, cases, LIMITS, collect="all", workers=2))
    assert [found[0, n].stdout for n in range(3)] == [b"A []\n", b" ['b']\n", b" []\n"]
    assert [found[0, n].files for n in range(3)] == [(("o", b"!"),), (("o", b"!"),), (("o", b"x!"),)]
    assert [found[1, n].outcome for n in range(3)] == [Outcome.RETURNED, Outcome.RETURNED, Outcome.RAISED]
    assert (2, 0) in found and (2, 1) not in found


@pytest.mark.parametrize("isolate", ["program", "case"])
def test_kept_executions_are_not_run_again(sandbox, tmp_path, isolate, monkeypatch):
    ran = []
    original = row.numbered_cases
    monkeypatch.setattr(row, "numbered_cases", lambda *a, **k: ran.append(len(a[2])) or original(*a, **k))
    made = programs("def f(x):\n    if x == 2: import os; os._exit(0)\n    return [x, 'é', 1.5][x:]", "1/0")
    given = {"isolate": isolate, "cache": BlobCache(tmp_path)}
    first = list(run_matrix(sandbox, made, calls(4), LIMITS, **given))
    assert sum(ran) == (5 if isolate == "case" else 8)
    ran.clear()
    second = list(run_matrix(sandbox, made, calls(4), LIMITS, **given))
    assert sum(ran) == 1, "the exit is run again, since an exit may be anybody's doing"
    assert [(c.program, c.case, c.execution.outcome, c.execution.value) for c in first] == [
        (c.program, c.case, c.execution.outcome, c.execution.value) for c in second
    ]


@pytest.mark.parametrize(
    "source", ["def f(x): raise ValueError('\\ud800')", "raise ValueError('\\ud800')\ndef f(x): pass"]
)
def test_text_that_utf8_cannot_hold_is_not_kept(sandbox, tmp_path, source):
    for _ in range(2):
        (cell,) = run_matrix(sandbox, programs(source), calls(1), LIMITS, cache=BlobCache(tmp_path))
        assert cell.execution.message == "\ud800"


def test_a_file_name_that_is_no_text_is_not_kept(sandbox, tmp_path):
    made = programs("open(b'\\xff', 'w').write('x')", entry=None)
    for _ in range(2):
        (cell,) = run_matrix(
            sandbox, made, [Case(stdin="")], LIMITS, collect="all", cache=BlobCache(tmp_path)
        )
        assert cell.execution.files == (("\udcff", b"x"),)


def test_what_an_execution_follows_from_is_in_its_key(sandbox, tmp_path):
    cache = BlobCache(tmp_path)
    (program,) = programs("def f(x): return x")

    def kept(inputs=None, limits=LIMITS, **how):
        list(run_matrix(sandbox, [program], inputs or calls(1), limits, cache=cache, **how))
        return sum(1 for place in tmp_path.rglob("*") if place.is_file())

    assert [kept(), kept()] == [1, 1]
    assert kept(limits=Limits(cpu_s=1.5)) == 2
    assert kept(limits=Limits(cpu_s=1.5, calls=3)) == 2
    assert kept(isolate="case") == 3
    assert kept(calls(2)) == 4
    assert kept([Case(stdin="0")]) == 5
    assert kept([Case(stdin="0", argv=("0",))]) == 6
    assert kept([Case(stdin="0", files=(("0", b""),))]) == 7
    assert kept([Case(stdin="0")], collect=["a"]) == 8
    assert kept([Case(stdin="0")], collect="all") == 9


def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / (1 << 20)


def test_a_hundred_thousand_inputs_in_flat_memory(sandbox):
    inputs = calls(100_000)
    made = programs("def f(x): return x", "def f(x): return -x", "def f(x): return 'x' * 100")
    sizes = []
    for seen, cell in enumerate(
        run_matrix(sandbox, made, inputs, LIMITS, workers=2, order="fail-fast", until=lambda _: False)
    ):
        assert cell.program < 3
        if seen % 1000 == 999:
            sizes.append(resident_mb())
    assert len(sizes) == 300
    # A list of these executions would take more than 100 MiB, a second copy of the encoded inputs about 10.
    assert max(sizes) - sizes[0] < 8, f"grew by {max(sizes) - sizes[0]:.0f} MiB"


def test_a_slow_consumer_holds_everything_up(sandbox):
    big = programs("def f(x): return 'x' * (1 << 20)")
    puts = []
    original = Outlet.put

    class Counting(Outlet):
        def put(self, item, size):
            original(self, item, size)
            puts.append(size)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matrix, "Outlet", Counting)
        cells = run_matrix(sandbox, big, calls(1000), LIMITS)
        next(cells)
        last = -1
        while last != len(puts):
            last = len(puts)
            time.sleep(0.5)
        assert 32 <= last <= (MOST_BYTES >> 20) + 1
        cells.close()


def test_work_done_ahead_for_a_slow_consumer_is_no_timeout(sandbox):
    burn = "import time\ndef f(x):\n    end = time.process_time() + 0.1\n    while time.process_time() < end: pass"
    (program,) = programs(burn)
    found = []
    for _, execution in run_row(sandbox, program, calls(30), LIMITS):
        found.append(execution.outcome)
        if len(found) == 1:
            time.sleep(4.0)  # the job goes on and uses more than one case's CPU time
    assert found == [Outcome.RETURNED] * 30


@pytest.mark.parametrize("isolate", ["program", "case"])
@pytest.mark.parametrize(
    "source", ["import time\ndef f(x):\n    if x: time.sleep(60)", "def f(x):\n    while x: pass"]
)
def test_closing_ends_every_job(sandbox, isolate, source):
    started: list[Job] = []
    begun = Job.watch

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Job, "watch", lambda self, cancel: (started.append(self), begun(self, cancel))[1])
        limits = Limits(cpu_s=60.0, wall_s=60.0)
        cells = run_matrix(sandbox, programs(source, source), calls(5), limits, workers=2, isolate=isolate)
        next(cells)
        before = time.monotonic()
        cells.close()
    assert time.monotonic() - before < 20
    assert started and all(job.end is not None for job in started)
    assert not [thread for thread in threading.enumerate() if "work" in thread.name]


def test_an_interrupt_in_the_consumer_ends_every_job(sandbox):
    assert sandbox.tier, "the zygote is there before descriptors are counted"
    descriptors = sum(1 for _ in Path("/proc/self/fd").iterdir())
    with pytest.raises(KeyboardInterrupt):
        for _ in run_matrix(sandbox, programs("def f(x): return x"), calls(100_000), LIMITS):
            raise KeyboardInterrupt
    assert sum(1 for _ in Path("/proc/self/fd").iterdir()) <= descriptors


class Breaking:
    """A sandbox in which jobs cannot be started while the fault lasts."""

    closed = False

    def __init__(self, real, faults, healthy=None):
        self._real, self._faults, self._healthy = real, faults, healthy
        self.isolation, self.tier = real.isolation, real.tier

    def job(self, *args, **kwargs):
        if self._faults:
            self._faults -= 1
            raise SandboxError("no zygote")
        return self._real.job(*args, **kwargs)

    def healthy(self):
        return self._healthy


def test_one_fault_is_tried_again_two_are_the_programs_end(sandbox):
    made = programs("def f(x): return x")
    once = list(run_matrix(Breaking(sandbox, 1), made, calls(3), LIMITS))
    assert [value(cell.execution) for cell in once] == [0, 1, 2]
    twice = list(run_matrix(Breaking(sandbox, 2), made, calls(3), LIMITS))
    assert [cell.execution.outcome for cell in twice] == [Outcome.KILLED, Outcome.RETURNED, Outcome.RETURNED]
    with pytest.raises(SandboxError, match="no zygote; out of order"):
        list(run_matrix(Breaking(sandbox, 2, "out of order"), made, calls(3), LIMITS))


def test_an_error_of_until_is_raised_in_the_consumer(sandbox):
    def until(execution: Execution) -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(run_matrix(sandbox, programs("def f(x): return x"), calls(3), LIMITS, until=until))


def test_no_programs_or_no_inputs_are_no_cells(sandbox):
    assert list(run_matrix(sandbox, [], calls(3), LIMITS)) == []
    assert list(run_matrix(sandbox, programs("def f(x): pass"), [], LIMITS)) == []


def test_an_outlet_holds_so_many_and_lets_go_when_closed():
    outlet: Outlet[int] = Outlet(1)
    for n in range(MOST):
        outlet.put(n, 0)
    refused = []

    def put():
        try:
            outlet.put(MOST, 0)
        except Cancelled:
            refused.append(True)

    thread = threading.Thread(target=put)
    thread.start()
    outlet.close()
    thread.join(30)
    assert refused == [True]
