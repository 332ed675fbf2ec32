"""The same judge without root: a fresh interpreter, run by a user who owns nothing, against the same attacks.

Skipped where the tests run as an ordinary user already: then all the other tests show it.
"""

import os
from collections.abc import Iterator

import pytest
from tests.attacks.ordinary_user import OrdinaryUser, ordinary_user

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="not root: every test runs as an ordinary user already"
)


@pytest.fixture(scope="session")
def user() -> Iterator[OrdinaryUser]:
    with ordinary_user() as made:
        yield made


def test_the_tier_is_that_of_an_ordinary_user(user: OrdinaryUser) -> None:
    code = (
        "import os\nfrom trialrun.run.sandbox import Sandbox\nwith Sandbox() as s: print(os.getuid(), s.tier)"
    )
    done = user.run("-c", code)
    assert done.returncode == 0, done.stderr
    uid, tier = done.stdout.split()
    assert int(uid) == user.uid
    if tier == "landlock":
        pytest.skip("this kernel gives ordinary users no namespaces; the tests below run with Landlock alone")
    assert tier == "userns"


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (["test_attacks.py"], "not test_attack["),
        (["test_honest.py"], "test_honest or test_whole_program"),
        (["test_canary.py"], ""),
        (["test_network.py", "test_processes.py"], ""),
        (["../run/test_doctor.py"], ""),
        (["../run/test_whole.py", "../verify/test_programs.py"], ""),
    ],
    ids=["attacks", "honest", "canary", "given more", "doctor", "whole programs"],
)
def test_as_an_ordinary_user(files: list[str], chosen: str, user: OrdinaryUser) -> None:
    paths = [f"tests/attacks/{name}" for name in files]
    done = user.run(
        "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=short", *paths,
        *(["-k", chosen] if chosen else []),
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert " passed" in done.stdout or "100%" in done.stdout, done.stdout[-500:]
