"""`compare --base` on consecutive releases of ten packages: what the changelog names and it finds, and false alarms.

    python -m bench.releases            # downloads, compares, writes bench/results/releases.json
    python -m bench.releases --judge    # only joins the stored comparison with bench/release_judgements.toml

Each pair of releases becomes a repository of two commits (the files of the two wheels, metadata included, as they are
installed, with what the package needs beside them, the same in both), and `trialrun compare --base HEAD~1` runs on it
as an ordinary user with the settings of the GitHub Action. Every difference that can be said as a test is then checked
without trialrun: the emitted test is run by plain pytest against either release, and has to pass on the old one and
fail on the new one. What that does not confirm is a false alarm. Which differences the changelog names is judged by
hand, once, in the file of judgements.

Leaves out: changelogs (they are quoted in the judgements), packages with compiled code.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

from tests.attacks.ordinary_user import OrdinaryUser, ordinary_user

from bench.measuring import RESULTS, ROOT, circumstances, store
from bench.release_pairs import DRAWN, SEED, Pair, order

TIME = "60s"
"""The Action's default."""
JUDGEMENTS = ROOT / "bench" / "release_judgements.toml"
_VERDICT = re.compile(r"^(PASSED|FAILED|ERROR) \S*::(\w+)", re.MULTILINE)


def main() -> None:
    """Compare, or only judge what was compared."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judge", action="store_true")
    parser.add_argument("--only", help="one package, to look at; stores nothing")
    given = parser.parse_args()
    if given.judge:
        stored = json.loads((RESULTS / "releases.json").read_text("utf-8"))
        where = {name: stored[name] for name in ("date", "machine", "libc", "versions", "load_before")}
        store("releases", judged(stored["pairs"], stored["left_out"]), where=where)
        return
    pairs, left_out, where = [], [], circumstances()
    with ordinary_user() as user:
        for pair in order():
            if given.only and pair.package != given.only:
                continue
            if len(pairs) == DRAWN:
                break
            place = user.place / "home" / pair.package
            try:
                repository(pair, place)
            except (subprocess.CalledProcessError, zipfile.BadZipFile, FileNotFoundError) as error:
                left_out.append({"package": pair.package, "why": f"{type(error).__name__}: {error}"[:300]})
                continue
            pairs.append(compared(pair, place, user))
            told(pairs[-1])
    result = judged(pairs, left_out)
    if given.only:
        print(json.dumps(result, indent=2))
    else:
        store("releases", result, where=where)


def told(found: dict[str, Any]) -> None:
    """Print one line a pair."""
    ledger = found["ledger"]
    print(
        f"{found['package']} {found['old']} → {found['new']}: {ledger['changed']} changed, {ledger['differ']} differ, "
        f"{ledger['skipped']} skipped; {found['confirmed']} confirmed; {found['wall_s']:.0f} s",
        flush=True,
    )


# ---------------------------------------------------------------------------------------------- repositories


def repository(pair: Pair, place: Path) -> None:
    """Make a repository of two commits at `place`: the old release and the new one."""
    place.mkdir(parents=True)
    git(place, "init", "-q", "-b", "main")
    needed = Path(tempfile.mkdtemp(prefix="needed-"))
    try:
        for need in pair.needs:
            unpacked(need, needed)
        for version in (pair.old, pair.new):
            for entry in place.iterdir():
                if entry.name != ".git":
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            unpacked(f"{pair.package}=={version}", place)
            shutil.copytree(needed, place, dirs_exist_ok=True)
            git(place, "add", "-A", "-f")
            git(place, "commit", "-q", "-m", version)
    finally:
        shutil.rmtree(needed)


def unpacked(requirement: str, place: Path) -> None:
    """Put the files of a wheel of pure Python at `place`; one is made from the source where there is none."""
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", directory]
        environment = os.environ | {"PIP_CONSTRAINT": "", "PYTHONDONTWRITEBYTECODE": ""}
        subprocess.run([*pip(), *command[3:], requirement], check=True, env=environment, cwd=directory)
        [wheel] = Path(directory).glob("*-none-any.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if ".data/" not in name]
            archive.extractall(place, names)


def pip() -> list[str]:
    """Return the command that runs pip: the environment's own, or that of the interpreter below it."""
    own = [sys.executable, "-m", "pip"]
    if subprocess.run([*own, "--version"], capture_output=True, check=False).returncode == 0:
        return own
    return [os.path.realpath(sys.executable), "-m", "pip"]


def git(place: Path, *arguments: str) -> None:
    """Run git in a repository."""
    who = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    subprocess.run(["git", "-C", str(place), *who, *arguments], check=True, capture_output=True)


# ------------------------------------------------------------------------------------------------- comparing


def compared(pair: Pair, place: Path, user: OrdinaryUser) -> dict[str, Any]:
    """Run the comparison as an ordinary user; return its ledger and what plain pytest says of its tests."""
    subprocess.run(["chown", "-R", f"{user.uid}:{user.uid}", str(place)], check=True)
    outputs = [f"json={place}.json", f"text={place}.txt", f"sarif={place}.sarif"]
    arguments = ["compare", "--base", "HEAD~1", "--time", TIME, "--emit-test", f"{place}_test.py"]
    code = (
        "import os, sys\n"
        f"os.chdir({str(place)!r})\n"
        "from trialrun.cli import execute\n"
        "sys.exit(execute(sys.argv[1:]))\n"
    )
    began = time.monotonic()
    forms = [part for output in outputs for part in ("--format", output)]
    done = user.run("-c", code, *arguments, *forms, timeout_s=3600)
    wall_s = time.monotonic() - began
    if done.returncode not in (0, 1) or not Path(f"{place}.json").exists():
        raise SystemExit(f"{pair.package}: exit {done.returncode}\n{done.stderr}")
    ledger = json.loads(Path(f"{place}.json").read_text("utf-8"))
    checked = confirmed(place, user)
    return {
        "package": pair.package,
        "old": pair.old,
        "new": pair.new,
        "exit": done.returncode,
        "wall_s": round(wall_s, 1),
        "cpu_s": round(sum(line.get("cpu_s", 0.0) for line in ledger["functions"]), 1),
        "tests": len(checked),
        "confirmed": sum(checked.values()),
        "not_confirmed": sorted(name for name, holds in checked.items() if not holds),
        "no_test": [line for line in done.stderr.splitlines() if line.startswith("no test for")],
        "ledger": {name: value for name, value in ledger.items() if name != "functions"},
        "functions": ledger["functions"],
    }


def confirmed(place: Path, user: OrdinaryUser) -> dict[str, bool]:
    """Run the emitted tests on both releases by plain pytest; return test → whether it tells them apart."""
    file = Path(f"{place}_test.py")
    if not file.exists():
        return {}
    outcomes = {}
    for name, revision in (("old", "HEAD~1"), ("new", "HEAD")):
        tree = Path(f"{place}_{name}")
        git(place, "-c", "safe.directory=*", "worktree", "add", "--quiet", "--detach", str(tree), revision)
        shutil.copy(file, tree / "test_emitted.py")
        subprocess.run(["chown", "-R", f"{user.uid}:{user.uid}", str(tree)], check=True)
        code = (
            "import os, sys\n"
            f"os.chdir({str(tree)!r})\n"
            f"sys.path.insert(0, {str(tree)!r})\n"
            "import pytest\n"
            "sys.exit(pytest.main(['-q', '-rA', '-p', 'no:cacheprovider', '--rootdir=.', 'test_emitted.py']))\n"
        )
        done = user.run("-c", code, timeout_s=1200)
        outcomes[name] = {test: state == "PASSED" for state, test in _VERDICT.findall(done.stdout)}
    tests = outcomes["old"].keys() | outcomes["new"].keys()
    return {
        test: outcomes["old"].get(test) is True and outcomes["new"].get(test) is False
        for test in sorted(tests)
    }


# --------------------------------------------------------------------------------------------------- judging


def judged(pairs: list[dict[str, Any]], left_out: list[dict[str, str]]) -> dict[str, Any]:
    """Join comparisons with what was judged by hand, and count."""
    known: dict[str, Any] = tomllib.loads(JUDGEMENTS.read_text("utf-8")) if JUDGEMENTS.exists() else {}
    differences = [
        {
            "package": pair["package"],
            "function": f"{line['file']}::{line['name']}",
            "kind": line["difference"]["kind"],
        }
        for pair in pairs
        for line in pair["functions"]
        if line.get("difference")
    ]
    for one in differences:
        judgements = known.get(one["package"], {}).get("differences", {})
        one["judgement"] = judgements.get(one["function"], judgements.get("*", "not judged"))
    named = [
        {"package": pair["package"], **change}
        for pair in pairs
        for change in known.get(pair["package"], {}).get("named", [])
    ]
    observable = [change for change in named if change["observable"]]
    found_in = {change["package"] for change in observable if change["found"]}
    return {
        "seed": SEED,
        "time": TIME,
        "left_out": left_out,
        "pairs": pairs,
        "differences": differences,
        "named": named,
        "summary": {
            "pairs": len(pairs),
            "changed": sum(pair["ledger"]["changed"] for pair in pairs),
            "compared": sum(pair["ledger"]["compared"] for pair in pairs),
            "differ": sum(pair["ledger"]["differ"] for pair in pairs),
            "skipped": sum(pair["ledger"]["skipped"] for pair in pairs),
            "tests": sum(pair["tests"] for pair in pairs),
            "tests_confirmed": sum(pair["confirmed"] for pair in pairs),
            "pairs_whose_changelog_names_an_observable_change": len(
                {change["package"] for change in observable}
            ),
            "pairs_where_one_of_them_was_found": len(found_in),
            "named_changes_observable": len(observable),
            "named_changes_found": sum(change["found"] for change in observable),
            "false_alarms": sum(one["judgement"] == "false alarm" for one in differences),
            "judgements": dict(Counter(one["judgement"] for one in differences)),
            "wall_s": [pair["wall_s"] for pair in pairs],
        },
    }


if __name__ == "__main__":
    main()
