"""Run the test classes of a namespace and report each test as it ends.

The classes are found as `unittest.main` finds them: every TestCase that the code itself defines, in the order of
definition; methods in alphabetical order; fixtures of class and module included. Each test gives one frame (id,
status, exception, text, line). A fixture that fails gives one under a name that is no test's.

Runs inside the sandbox: standard library only, Python 3.9 syntax. Leaves out: deciding anything, test discovery in
other modules, `load_tests`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trialrun.core import values
from trialrun.core.build_values import load_trusted
from trialrun.run.child.peer import CandidateExit, Peer, describe_exception, line_in

TEST = 9
"""Kind of the frame that reports a test."""

Tell = Callable[[str, str, Any], None]
"""Told of each test: id, status, exception or text."""


class Reporter:
    """A test result (`unittest.TestResult`) that tells of every test once, when it is over: the worst of it."""

    shouldStop = False
    failfast = False

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._status: tuple[str, Any] = ("", None)
        self._running = False

    def startTest(self, test: Any) -> None:
        """Begin a test: nothing has happened yet."""
        self._status, self._running = ("", None), True

    def stopTest(self, test: Any) -> None:
        """Tell of the test."""
        self._running = False
        self._tell(name_of(test), *self._status)

    def _set(self, test: Any, status: str, error: Any) -> None:
        if not self._running:  # a fixture of a class or a module
            self._tell(str(test), status, error)
        elif self._status[0] in ("", "ok"):
            self._status = (status, error)

    def addSuccess(self, test: Any) -> None:
        """Note that a test passed."""
        self._set(test, "ok", None)

    def addFailure(self, test: Any, err: Any) -> None:
        """Note a failed assertion."""
        self._set(test, "failed", err[1])

    def addError(self, test: Any, err: Any) -> None:
        """Note an exception."""
        self._set(test, "error", err[1])

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        """Note what failed in a part of a test."""
        if err is not None:
            self._set(test, "failed" if issubclass(err[0], test.failureException) else "error", err[1])

    def addSkip(self, test: Any, reason: str) -> None:
        """Note a test that did not run."""
        self._set(test, "skipped", reason)

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        """Note a test that failed as it should; it proves nothing."""
        self._set(test, "expected failure", err[1])

    def addDuration(self, test: Any, elapsed: float) -> None:
        """Do nothing: time is the supervisor's."""

    def addUnexpectedSuccess(self, test: Any) -> None:
        """Note a test that should have failed."""
        self._set(test, "unexpected success", None)


def name_of(test: Any) -> str:
    """Return `Class.method` of a test."""
    return type(test).__name__ + "." + str(getattr(test, "_testMethodName", test))


def run_classes(namespace: dict[str, Any], tell: Tell) -> None:
    """Run every test class that the code of this namespace defines."""
    import unittest

    loader = unittest.TestLoader()
    classes: list[type] = []
    for value in list(namespace.values()):
        if not (isinstance(value, type) and issubclass(value, unittest.TestCase)):
            continue
        if value.__module__ == namespace["__name__"] and value not in classes:
            classes.append(value)
    suite = unittest.TestSuite(loader.loadTestsFromTestCase(cls) for cls in classes)
    suite.run(Reporter(tell))  # type: ignore[arg-type]


def teller(peer: Peer) -> Tell:
    """Return what sends the report of a test to the supervisor."""
    count = 0

    def tell(name: str, status: str, error: Any) -> None:
        nonlocal count
        if peer.refuted is not None:  # whoever caught it, the test did not hold
            status, error, peer.refuted = "failed", peer.refuted, None
        kind, text, line, foreign = "", "", 0, False
        if isinstance(error, BaseException):
            _, kind, text, *_ = load_trusted(describe_exception(error))[0][0]
            line = line_in(error, "test.py")
            foreign = error is peer.raised or isinstance(error, CandidateExit)
        elif error is not None:
            text = str(error)[:500]
        peer.send(count, TEST, values.encode((str(name)[:500], status, kind, text, line, foreign)))
        count += 1

    return tell
