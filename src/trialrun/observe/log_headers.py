"""What logging systems put before a message: times, levels, processes, components.

`Headers.of("<Date> <Time> <Level>: <Content>")` reads a format as log parsers write it; `Headers()` tells the usual
forms by themselves: a time at the beginning, then host, process, thread, level and component up to the message.

Leaves out: formats with messages before their header, several lines to a header.
"""

import re
from dataclasses import dataclass

from trialrun.core.errors import UsageError

_CLOCK = r"\d{1,2}[:.]\d{1,2}[:.]\d{1,2}(?:[.,:]\d+)?"
_TIME = (
    r"(?:(?:\d{4}[-/.]\d{2}[-/.]\d{2}|\d{2,4}/\d{2}/\d{2,4}|\d{1,2}[-.]\d{2}|\d{8}|\d{6})[T ,:-]?\s?(?:"
    + _CLOCK
    + r"|\d{6}(?: \d+)?)(?:Z|\s?[+-]\d{2}:?\d{2})?"
    r"|(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} {1,2}\d{1,2} " + _CLOCK + r"(?: \d{4})?"
    r"|\d{10}(?:\.\d+)?|" + _CLOCK + ")"
)
_LEVEL = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERR(?:OR)?|CRIT(?:ICAL)?|FATAL|SEVERE|ALERT|EMERG|[VDIWEF](?=[ /]))"
_BRACKETS = r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]"
_AUTOMATIC = (
    # syslog: time host process[pid]:
    rf"(?:<\d+>)?[A-Z][a-z]{{2}} {{1,2}}\d{{1,2}} {_CLOCK} \S+ [^\s:\[]+(?:\[\d+\])?: ",
    # time|component|process|
    rf"{_TIME}\|(?:[^|\s]*\|)*",
    # a tag, numbers and times, places, then a level
    rf"(?:\S+ )?{_TIME}(?: \S+){{0,6}}? {_LEVEL}:? ",
    # [time] [level]
    rf"\[{_TIME}\](?: {_BRACKETS})*:? (?:[\w.-]+(?: \*\d+)? - )?",
    # time, level, component: or time - component - level - message
    rf"\[?{_TIME}\]?(?:[ |,-]+(?:{_BRACKETS}|\d+(?=\s)|{_LEVEL}))*[ |,:-]+",
    # LEVEL:component:message, as Python's logging writes it
    rf"{_LEVEL}:[\w.]+:",
)
_COMPONENT = re.compile(
    rf"(?:{_BRACKETS}:? ){{0,2}}(?:- )?(?:[\w.$/-]+(?:\[\d+\])?: |[\w$-]+(?:\.[\w$-]+)+:? )?(?:- )?"
    r"(?:\[[^\]=]*\] (?=\S))?"
)


@dataclass(frozen=True, slots=True)
class Headers:
    """How the header of a line is told from its message."""

    pattern: re.Pattern[str] | None = None
    """Whole lines, the message in the group `Content`; None: the usual forms."""

    @classmethod
    def of(cls, format: str) -> "Headers":
        """Read a format such as `<Date> <Time> <Level> <Content>`. Raises `UsageError` where it has no `<Content>`."""
        parts = re.split(r"<(\w+)>", format)
        names = parts[1::2]
        if names.count("Content") != 1 or len(set(names)) < len(names):
            raise UsageError(f"--format {format!r} needs <Content> once, and every other field once at most")
        before, *between = (re.sub(r"(?:\\? )+", r"\\s+", re.escape(part)) for part in parts[::2])
        # A field ends where what follows it is met first; to try later places could only lose, and takes for ever.
        fields = [f"(?P<{name}>.*?){end}" for name, end in zip(names, between, strict=True)]
        pattern = "".join(f"(?>{field})" for field in fields[:-1]) + fields[-1]
        return cls(re.compile(rf"\s*{before}{pattern}$"))

    def message(self, line: str) -> str:
        """Return a line without its header; the whole line where it has none."""
        if self.pattern is not None:
            match = self.pattern.match(line)
            return match["Content"] if match else line
        for form in _FORMS:
            if match := form.match(line):
                rest = line[match.end() :].lstrip()
                component = _COMPONENT.match(rest) if form is not _FORMS[0] else None
                left = rest[component.end() :] if component else rest
                return (left or rest).strip() or line
        return line


_FORMS = tuple(re.compile(form) for form in _AUTOMATIC)
AUTOMATIC = Headers()
