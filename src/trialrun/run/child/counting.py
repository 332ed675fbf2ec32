"""Counts in one job what happens how often, or only whether it does: lines, calls, returns, branches.

By `sys.monitoring` a probe that asks only whether something happened is disabled at its place once it did (a branch
once both its ways were seen), so a warm program runs at its own speed. By `sys.settrace` nothing can be disabled. Only
codes of the program's own text are watched.

All of it lies in the program's reach: its word. Runs inside the sandbox: standard library only, Python 3.9 syntax.
Leaves out: order (`run/child/tracing.py`), values.
"""

from __future__ import annotations

import sys
from typing import Any

from trialrun.core import values
from trialrun.run.child.code_tree import line_at, nested, qualified

TOOL = 4
FORMAT = "counts-1"
LINE, CALL, RETURN, BRANCH = "line", "call", "return", "branch"
_MOST = 1 << 16
"""Different things that are told of each kind."""


class Counting:
    """The counts of one job."""

    def __init__(self, settings: dict[str, Any], filename: str, last_word: Any) -> None:
        """`settings`: back_end, and probes: (kind, count or only cover, function or "", line or 0) each."""
        self.back_end = settings["back_end"]
        self.probes = [tuple(probe) for probe in settings["probes"]]
        self.filename = filename
        self.codes: list[Any] = []
        self.counts: dict[str, dict[Any, int]] = {LINE: {}, CALL: {}, RETURN: {}, BRANCH: {}}
        self.replaced = False
        self.is_on = False

    def compile(self, source: Any) -> Any:
        """Return the code of the program, as it is."""
        code = compile(source, self.filename, "exec", dont_inherit=True)
        self.codes = list(nested(code))
        return code

    def wanted(self, kind: str, name: str) -> dict[int, bool]:
        """Return, for a code, which of its lines (0: all) are asked for, and whether they are to be counted."""
        found: dict[int, bool] = {}
        for probe_kind, counts, function, line in self.probes:
            if probe_kind == kind and function in ("", name):
                found[line] = found.get(line, False) or counts
        return found

    def begin(self) -> None:
        """Start to count; what was counted before is forgotten."""
        for counts in self.counts.values():
            counts.clear()
        self.is_on = True
        if self.back_end == "monitoring":
            self._monitor(sys.monitoring)
        else:
            self._settrace()

    def end(self) -> None:
        """Stop counting. Idempotent."""
        if not self.is_on:
            return
        self.is_on = False
        if self.back_end == "monitoring":
            self._release(sys.monitoring)
        else:
            self.replaced = sys.gettrace() is not self.global_trace
            sys.settrace(None)

    # -- by sys.monitoring

    def _monitor(self, monitoring: Any) -> None:
        events = monitoring.events
        both = getattr(events, "BRANCH_LEFT", 0) | getattr(events, "BRANCH_RIGHT", 0) or events.BRANCH
        kinds = {LINE: events.LINE, CALL: events.PY_START, RETURN: events.PY_RETURN, BRANCH: both}
        plans: dict[str, dict[int, dict[int, bool]]] = {
            kind: {id(code): self.wanted(kind, qualified(code)) for code in self.codes} for kind in kinds
        }
        self.callbacks = {events.LINE: self._line_counter(plans[LINE], monitoring.DISABLE)}
        self.callbacks[events.PY_START] = self._code_counter(CALL, plans[CALL], monitoring.DISABLE)
        self.callbacks[events.PY_RETURN] = self._code_counter(RETURN, plans[RETURN], monitoring.DISABLE)
        branch = self._branch_counter(plans[BRANCH], monitoring.DISABLE, hasattr(events, "BRANCH_LEFT"))
        for event in (getattr(events, name, 0) for name in ("BRANCH_LEFT", "BRANCH_RIGHT", "BRANCH")):
            if event & both:
                self.callbacks[event] = branch
        monitoring.use_tool_id(TOOL, "trialrun counts")
        self.armed = {}
        for code in self.codes:
            asked = 0
            for kind, event in kinds.items():
                asked |= event if plans[kind][id(code)] else 0
            if asked:
                self.armed[id(code)] = (code, asked)
        used = 0
        for _, asked in self.armed.values():
            used |= asked
        # An enabled event without a callback is dispatched at every hit.
        self.callbacks = {event: callback for event, callback in self.callbacks.items() if event & used}
        for event, callback in self.callbacks.items():
            monitoring.register_callback(TOOL, event, callback)
        for code, asked in self.armed.values():
            monitoring.set_local_events(TOOL, code, asked)
        monitoring.restart_events()

    def _line_counter(self, plans: dict[int, dict[int, bool]], off: Any) -> Any:
        counts = self.counts[LINE]

        def line(code: Any, number: int) -> Any:
            plan = plans[id(code)]
            is_counted = plan.get(number, plan.get(0))
            if is_counted is None:
                return off
            counts[number] = counts.get(number, 0) + 1
            return None if is_counted else off

        return line

    def _code_counter(self, kind: str, plans: dict[int, dict[int, bool]], off: Any) -> Any:
        counts = self.counts[kind]

        def enter(code: Any, *details: Any) -> Any:
            is_counted = plans[id(code)].get(0)
            if is_counted is None:
                return off
            name = qualified(code)
            counts[name] = counts.get(name, 0) + 1
            return None if is_counted else off

        return enter

    def _branch_counter(self, plans: dict[int, dict[int, bool]], off: Any, one_way: bool) -> Any:
        """Branches are told by (function, offset, destination); each has two ways and, before 3.14, one event for
        both."""
        counts = self.counts[BRANCH]
        seen: dict[tuple[int, int], Any] = {}

        def branch(code: Any, offset: int, destination: int) -> Any:
            is_counted = plans[id(code)].get(0)
            if is_counted is None:
                return off
            key = (qualified(code), offset, destination)
            counts[key] = counts.get(key, 0) + 1
            if is_counted:
                return None
            if one_way:
                return off
            place = (id(code), offset)
            first = seen.setdefault(place, destination)
            return None if first == destination else off

        return branch

    def _release(self, monitoring: Any) -> None:
        try:
            kept = all(
                monitoring.get_local_events(TOOL, code) == asked for code, asked in self.armed.values()
            )
            for code, _ in self.armed.values():
                monitoring.set_local_events(TOOL, code, 0)
            for event, callback in self.callbacks.items():
                kept = monitoring.register_callback(TOOL, event, None) is callback and kept
            monitoring.free_tool_id(TOOL)
            self.replaced = not kept
        except ValueError:  # the tool is not in use any more
            self.replaced = True

    # -- by sys.settrace

    def _settrace(self) -> None:
        lines, calls, returns = self.counts[LINE], self.counts[CALL], self.counts[RETURN]
        plans = {}
        for code in self.codes:
            name = qualified(code)
            plans[id(code)] = (name, *(self.wanted(kind, name) for kind in (LINE, CALL, RETURN)))

        def local(frame: Any, kind: str, argument: Any) -> Any:
            name, by_line, _, by_return = plans[id(frame.f_code)]
            if kind == "line":
                number = frame.f_lineno
                if number in by_line or 0 in by_line:
                    lines[number] = lines.get(number, 0) + 1
            elif kind == "return" and by_return and _is_returning(frame):
                returns[name] = returns.get(name, 0) + 1
            return local

        def enter(frame: Any, kind: str, argument: Any) -> Any:
            plan = plans.get(id(frame.f_code))
            if plan is None:
                return None
            if plan[2] and frame.f_lasti <= _begin(frame.f_code):
                calls[plan[0]] = calls.get(plan[0], 0) + 1
            return local

        self.global_trace = enter
        sys.settrace(enter)

    # -- telling

    def pack(self, finished: bool) -> bytes:
        """Return the counts as canonical bytes; `observe/observer.py` reads them. Something covered counts once."""
        told = []
        for kind in (LINE, CALL, RETURN):
            told.append([list(pair) for pair in list(self.counts[kind].items())[:_MOST]])
        branches = []
        by_name = {qualified(code): code for code in self.codes}
        for (name, offset, destination), count in list(self.counts[BRANCH].items())[:_MOST]:
            code = by_name[name]
            branches.append([name, line_at(code, offset), offset, destination, count])
        return values.encode((FORMAT, finished, self.replaced, *told, branches), limit=1 << 30)


def _begin(code: Any) -> int:
    """Return the last offset at which a frame of a code is still about to begin."""
    return 0 if sys.version_info < (3, 11) else 2 * len(code.co_cellvars) + 8


def _is_returning(frame: Any) -> bool:
    """Say whether a frame is left by a return, and not by an exception or, a generator's, for a while."""
    code, last = frame.f_code.co_code, frame.f_lasti
    return 0 <= last < len(code) and code[last] in _RETURNS


def _returning() -> frozenset[int]:
    import opcode

    return frozenset(opcode.opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in opcode.opmap)


_RETURNS = _returning()
