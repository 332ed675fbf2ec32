"""Fuzz4All without a model beside a byte mutator and grammarinator: branches of a Python system at equal CPU time.

    python -m bench.fuzz4all --system re --grammar PCRE.g4     # grammars: antlr/grammars-v4, pcre/ and json/
    python -m bench.fuzz4all --system ast                      # no grammar: grammarinator takes none of Python's

Systems are the pure-Python parts of CPython's `re` (compiling an expression), `json` (decoding) and `ast` (parsing,
unparsing and parsing again), and the linter `pyflakes`. The corpus, which the byte mutator and the corpus engine both
start from, is CPython's own
test suite. CPU time is that of the fuzzer, of its processes and of all jobs. Beside the branches stand the validity
rate (duplicates are not valid) and, as floor, the branches that the corpus itself takes.
"""

import argparse
import ast
import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.fuzzers import Bytes, Grammarinator, Score, branches, drive
from bench.measuring import circumstances, ratio, store
from trialrun.compare.fuzzing import Fuzzing
from trialrun.compare.systems import Served, System
from trialrun.core.execution import Limits
from trialrun.lang.grammar import Grammar
from trialrun.lang.systems import callable_system
from trialrun.lang.trees import parser_of
from trialrun.probe.engine import Engine, Target
from trialrun.probe.fuzz4all import Fuzz4All, Reaction
from trialrun.probe.grammar_engine import GrammarEngine
from trialrun.probe.splice import Splice
from trialrun.run.environments import make, present_version
from trialrun.run.interpreter import find_interpreter
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation

LIMITS = Limits(cpu_s=2.0, wall_s=20.0, memory_mb=1024)
_TESTS = Path(ast.__file__).parent / "test"

_REGEX = r"""
start   = choice ;
choice  = seq ("|" seq)* ;
seq     = item* ;
item    = atom | atom quant | atom quant ;
quant   = ("*" | "+" | "?" | "{" num "}" | "{" num "," num? "}" | "{," num "}") ("?" | "+" | "") ;
num     = [0-9] | [1-9] [0-9] ;
atom    = lit | lit | lit | "." | "^" | "$" | escape | set | group ;
lit     = [a-zA-Z0-9 _<>=!:#&-] ;
escape  = "\\" [dDsSwWbBAZafnrtv\\.()*+?] | "\\x" hex hex | "\\u" hex hex hex hex | "\\" [1-9] | "\\0" [0-7] ;
hex     = [0-9a-f] ;
set     = "[" "^"? "]"? member+ "]" ;
member  = lit | lit "-" lit | escape | [.*+?|(){}$^] ;
group   = "(" choice ")" | "(?:" choice ")" | "(?P<" name ">" choice ")" | "(?P=" name ")" | "(?=" choice ")"
        | "(?!" choice ")" | "(?<=" lit* ")" choice | "(?<!" lit* ")" choice | "(?>" choice ")"
        | "(?#" lit* ")" | "(?" flag+ ":" choice ")" | "(?" flag+ "-" [imsx] ":" choice ")"
        | "(?(" (num | name) ")" seq ("|" seq)? ")" ;
name    = [ab] [cd]? ;
flag    = [aiLmsux] ;
"""
_JSON = r"""
start  = value ;
value  = object | array | string | number | "true" | "false" | "null" | "NaN" | "-Infinity" ;
object = ws "{" ws "}" | "{" pair ("," pair)* "}" ws ;
pair   = ws string ws ":" value ;
array  = "[" ws "]" | ws "[" value ("," value)* ws "]" ;
string = "\"" char* "\"" ;
char   = [a-z0-9 ] | "\\" ["\\/bfnrt] | "\\u" hex hex hex hex | "\\ud8" hex hex "\\udc" hex hex ;
hex    = [0-9a-f] ;
number = "-"? ("0" | [1-9] [0-9]*) ("." [0-9]+)? ([eE] [+-]? [0-9]+)? ;
ws     = "" | " " | "\n\t" ;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One system with what its fuzzers need."""

    target: Target
    source: str
    rejects: tuple[str, ...]
    files: tuple[str, ...]
    """Python files of the standard library whose branches count."""
    corpus: Callable[[], list[str]]
    requirements: tuple[str, ...] = ()
    """Packages that the system needs, pinned."""
    grammar: str = ""
    rule: str = ""
    """Start of grammarinator's grammar."""


def _expressions() -> list[str]:
    sys.path.insert(0, str(_TESTS.parent))
    from test.re_tests import tests

    return list(dict.fromkeys(row[0] for row in tests))


def _documents() -> list[str]:
    """Return the JSON texts of the test suite: strings of its files that look like one."""
    found = []
    for path in sorted((_TESTS / "test_json").glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.match(r"\s*[\[{\"]", node.value)
            ):
                found.append(node.value)
    return [text for text in dict.fromkeys(found) if len(text) < 2000]


def _programs() -> list[str]:
    """Return the functions and classes of the tests of Python's syntax, each by itself."""
    found = []
    for name in (
        "test_grammar",
        "test_patma",
        "test_fstring",
        "test_unparse",
        "test_syntax",
        "test_type_params",
    ):
        path = next(iter(_TESTS.rglob(f"{name}.py")))
        source = path.read_text("utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(
                node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Assign | ast.Match | ast.Try | ast.With
            ):
                found.append(ast.unparse(node) + "\n")
    return [text for text in dict.fromkeys(found) if len(text) < 1500]


BENCHES = {
    "re": Bench(
        target=Target(name="regular expressions", language="regex", trigger="One regular expression:"),
        source="import re\ndef check(text): re._compiler.compile(text)\n",
        rejects=("re.error", "RecursionError", "OverflowError"),
        files=("re/",),
        corpus=_expressions,
        grammar=_REGEX,
        rule="pcre",
    ),
    "json": Bench(
        target=Target(name="JSON", language="json", trigger="One JSON document:"),
        source="import json.decoder, json.scanner\n"
        "json.decoder.scanstring = json.decoder.py_scanstring\n"
        "decoder = json.decoder.JSONDecoder()\n"
        "decoder.parse_string = json.decoder.py_scanstring\n"
        "decoder.scan_once = json.scanner.py_make_scanner(decoder)\n"
        "def check(text): decoder.decode(text)\n",
        rejects=("ValueError", "RecursionError"),
        files=("json/",),
        corpus=_documents,
        grammar=_JSON,
        rule="json",
    ),
    "pyflakes": Bench(
        target=Target(name="Python", language="python", trigger="One Python program:"),
        source="import ast, pyflakes.checker\n"
        "def check(text): pyflakes.checker.Checker(ast.parse(text), filename='x.py')\n",
        rejects=("SyntaxError", "ValueError", "RecursionError", "MemoryError"),
        files=("pyflakes/",),
        corpus=_programs,
        requirements=("pyflakes==3.4.0",),
    ),
    "ast": Bench(
        target=Target(name="Python", language="python", trigger="One Python program:"),
        source="import ast\n"
        "def check(text):\n"
        "    tree = ast.parse(text)\n"
        "    written = ast.unparse(tree)\n"
        "    if ast.dump(ast.parse(written)) != ast.dump(tree): raise AssertionError('unparsed to another program')\n",
        rejects=("SyntaxError", "ValueError", "RecursionError", "MemoryError"),
        files=("ast.py",),
        corpus=_programs,
    ),
}  # fmt: skip


def sandbox_for(bench: Bench) -> Sandbox:
    """Return a sandbox with what the system needs."""
    if not bench.requirements:
        return Sandbox()
    environment = make(bench.requirements, present_version(), tell=print)
    return Sandbox(Isolation(python=find_interpreter(environment.path)))


def served(bench: Bench, sandbox: Sandbox) -> Served:
    """Return the system, watched."""
    python = sandbox.isolation.python
    place = python.packages[0] if bench.requirements else python.stdlib
    system = System(
        name=bench.target.name,
        program=callable_system(bench.source, "check", bench.rejects),
        limits=LIMITS,
        watch=tuple(f"{place}/{name}" for name in bench.files),
    )
    return Served.start(system, sandbox)


def ours(name: str, seed: int, bench: Bench, sandbox: Sandbox, cpu_s: float) -> tuple[Score, list[Any]]:
    """Run Fuzz4All with one of its engines; what it parses and indexes first is charged to it."""
    began = time.process_time()
    engine: Engine
    corpus: tuple[str, ...] = ()
    if name == "splice":
        corpus = tuple(bench.corpus())
        engine = Splice(corpus, parser_of(bench.target.language))
    else:
        engine = GrammarEngine(Grammar(bench.grammar))
    prepared = time.process_time() - began
    with served(bench, sandbox) as system:
        campaign = Fuzzing(Fuzz4All(seed=seed, most=1 << 40), engine, bench.target, [system], seeds=corpus,
                           cpu_s=cpu_s - prepared).run()  # fmt: skip
        taken = branches(system)
    bugs = campaign.reactions[Reaction.BUG]
    score = Score(
        f"fuzz4all {name}", seed, taken, campaign.written, campaign.distinct, campaign.valid, bugs,
        campaign.cpu_s + prepared,
    )  # fmt: skip
    return score, campaign.findings


def peers(
    seed: int, bench: Bench, sandbox: Sandbox, cpu_s: float, grammar: Path | None, work: Path
) -> list[Score]:
    """Run the peers, each with a system of its own."""
    scores = []
    with served(bench, sandbox) as system:
        scores.append(drive("bytes", seed, Bytes(bench.corpus(), seed), bench.target, system, cpu_s))
    for more in (0.5, 0.8) if grammar is not None else ():
        assert grammar is not None
        made = Grammarinator(grammar, bench.rule, seed, work, depth=20, more=more)
        with made, served(bench, sandbox) as system:
            scores.append(drive(f"grammarinator {more}", seed, made, bench.target, system, cpu_s))
    return scores


def main() -> None:
    """Run all fuzzers, one after the other, seed by seed; print and store."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--system", choices=BENCHES, default="re")
    parser.add_argument(
        "--grammar", type=Path, help="ANTLR grammar for grammarinator; without it that peer is left out"
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--cpu", type=float, default=20.0, help="CPU seconds a fuzzer and seed")
    options = parser.parse_args()
    bench, where = BENCHES[options.system], circumstances("tree-sitter")
    engines = ["splice", "grammar"] if bench.grammar else ["splice"]
    scores: list[Score] = []
    findings: dict[str, str] = {}
    with sandbox_for(bench) as sandbox, tempfile.TemporaryDirectory() as work:
        with served(bench, sandbox) as system:
            corpus = bench.corpus()
            system.run(corpus)
            floor = branches(system)
        print(f"{bench.target.name}: a corpus of {len(corpus)} takes {floor} branches", flush=True)
        for seed in range(options.seeds):
            for name in engines:
                score, found = ours(name, seed, bench, sandbox, options.cpu)
                findings |= {finding.text: finding.error for finding in found}
                scores.append(score)
            scores += peers(seed, bench, sandbox, options.cpu, options.grammar, Path(work))
            for score in scores[-len(engines) - (3 if options.grammar else 1) :]:
                print(json.dumps(score.plain()), flush=True)
    result = {
        "system": options.system,
        "cpu_s": options.cpu,
        "corpus": {"programs": len(corpus), "branches": floor},
    }
    store(
        f"fuzz4all_{options.system}",
        {**result, "table": table(scores), "findings": findings, "runs": [score.plain() for score in scores]},
        where=where,
    )
    print(json.dumps(table(scores), indent=2, default=str))
    for text, error in findings.items():
        print(f"{error}: {text!r}")


def table(scores: list[Score]) -> dict[str, Any]:
    """Return means over seeds, and the ratio of branches of our best engine to each fuzzer, paired by seed."""
    by_name: dict[str, list[Score]] = {}
    for score in scores:
        by_name.setdefault(score.fuzzer, []).append(score)
    mean = {name: statistics.fmean(score.branches for score in runs) for name, runs in by_name.items()}
    best = max((name for name in mean if name.startswith("fuzz4all")), key=mean.__getitem__)
    return {
        name: {
            "branches": round(mean[name], 1),
            "branches_by_seed": [score.branches for score in runs],
            "validity": round(statistics.fmean(score.validity for score in runs), 4),
            "programs": round(statistics.fmean(score.written for score in runs)),
            "cpu_s": round(statistics.fmean(score.cpu_s for score in runs), 2),
            f"{best} / it": str(
                ratio([score.branches for score in by_name[best]], [score.branches for score in runs])
            ),
        }
        for name, runs in by_name.items()
    }


if __name__ == "__main__":
    main()
