"""Which of ten categories a variable of a log line belongs to, from its form and from the words around it.

In this order: what the form says for certain (a path, a date, a size with its unit); the key before `=` or `:`; the
unit or the counted thing after it; the word before it; what its own letters look like. Every list is of words of the
language and of computing at large, none of one system.

Leaves out: learning from labels (the only published labels are one group's own); what a value means to its system.
Source: the ten categories of VALB (2023).
"""

import re
from collections.abc import Sequence

from trialrun.observe.log_patterns import Category
from trialrun.observe.log_tokens import Word, word_set

_C = Category
_SAYS: dict[Category, str] = {
    _C.OBJECT_ID: "id pid tid uid euid gid ppid sid seq sequence serial handle token cookie fd uuid guid txid xid ecid"
    " address addr lock ptr pointer block blk job task attempt container session request transaction thread"
    " process child checksum hash commit digest signature fingerprint epoch zxid myid instance tag inode cid"
    " vlan rank slot node unit ticket order invoice key fan build channel stage query executor worker device"
    " sensor lane bank core",
    _C.LOCATION: "port host hostname ip rhost src dest dst source destination server path file dir directory url uri"
    " usb line lineno offset position mount disk partition remote local endpoint peer gateway column mac location"
    " folder socket database db bucket volume page register",
    _C.OBJECT_NAME: "user username ruser owner group name service class function module component driver plugin package"
    " client program command app application logname login account queue topic label principal role title test"
    " fixture event table daemon index parameter variable field by interface iface pod",
    _C.TYPE: "type kind mode version protocol proto method level priority severity format algorithm cipher model"
    " release encoding charset category flavor schema profile policy stratum",
    _C.SWITCH: "enabled disabled active flag on available visible connected ready valid success ok present locked"
    " readonly supported allowed secure verbose",
    _C.TIME: "time timeout elapsed duration took after interval delay latency uptime lifetime expires expiry since"
    " until date timestamp ttl slept wait waited sleep rtt start end started ended at deadline",
    _C.RESOURCES: "memory mem size length len bytes heap capacity usage free used cpu load bandwidth rate throughput"
    " ram swap buffer limit quota cores weight estimated",
    _C.AMOUNT: "count num number total retries tries attempts items records rows entries connections threads tasks"
    " nodes files packets errors failures replicas slots requests sent received processed messages found times max"
    " min repeated",
    _C.STATUS: "status code errno exit signal error rc ret return returned result state errorcode exitcode response"
    " reason retval",
}
KEYS: dict[str, Category] = {word: category for category, words in _SAYS.items() for word in words.split()}
"""What the value after a word is."""

_TIME_UNITS = word_set(
    "ns us ms msec msecs s sec secs second seconds min mins minute minutes hour hours day days millisecond milliseconds"
    " microsecond microseconds nanoseconds weeks ticks"
)
_SIZE_UNITS = word_set(
    "b kb mb gb tb kib mib gib byte bytes bps kbps mbps gbps mhz ghz hz cores vcores percent"
)
_UNITS = dict.fromkeys(_TIME_UNITS, _C.TIME) | dict.fromkeys(_SIZE_UNITS, _C.RESOURCES)
_COUNTED = word_set(
    "passed failed skipped pending waiting done errored succeeded active idle more left remaining"
)
_ENDINGS = ("code", "status", "count", "size", "timeout", "path", "port", "name", "time", "bytes", "address")
_UNIT_KEYS = {"ms", "secs", "seconds", "millis", "kb", "mb", "gb", "bytes"}

_STATES = word_set(
    "on off true false yes no enabled disabled enable disable up down null none nil active inactive open closed idle"
    " busy online offline locked unlocked granted denied"
)
_HUMPS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*")
_CERTAIN = {_C.LOCATION, _C.TIME, _C.RESOURCES, _C.SWITCH, _C.OBJECT_NAME, _C.TYPE, _C.STATUS}
_FILE = re.compile(
    r"[\w-]+(?:\.[\w-]+)*\.(?:py|c|cc|cpp|h|java|js|ts|go|rs|rb|sh|so|log|txt|xml|json|ya?ml|conf|cfg|ini|jar|zip|gz|tar|db|sql|csv|html|out|tmp|rdb|pem|parquet)"
)
_IDENTIFIER = re.compile(
    r"(?=.*\d)(?:[A-Za-z][A-Za-z0-9]*[_-])+[0-9][0-9_-]*|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
)
"""A word and numbers (job_17), or a UUID."""
_METHODS = word_set("GET POST PUT DELETE HEAD OPTIONS PATCH CONNECT TRACE")
_LEVELS = word_set("TRACE DEBUG INFO NOTICE WARN WARNING ERROR FATAL CRITICAL")
_PROGRAM = re.compile(r"[\w.-]+\.(?:exe|dll|service|sys|app|socket|timer)")
_PROTOCOL = re.compile(
    r"(?:HTTP/\d(?:\.\d)?|TLSv?\d(?:\.\d)?|SSLv?\d|IPv[46]|TCP|UDP|ICMP|HTTPS?|SSH-?\d?[.\d]*|[vV]\d+(?:\.\d+)*)"
)


def categorise(words: Sequence[Word], place: int) -> Category:
    """Return the category of the variable at a place among the words of its line."""
    word = words[place]
    if word.category in _CERTAIN:
        return word.category
    if word.text.lower() in _STATES:
        return _C.SWITCH
    if _IDENTIFIER.fullmatch(word.text) or (words[place].gap == "[" and word.text.isdigit()):
        return _C.OBJECT_ID
    if _PROTOCOL.fullmatch(word.text) or word.text in _METHODS or word.text in _LEVELS:
        return _C.TYPE
    if _PROGRAM.fullmatch(word.text):
        return _C.OBJECT_NAME
    if _FILE.fullmatch(word.text):
        return _C.LOCATION
    number = _NUMBER.fullmatch(word.text) is not None
    return _around(words, place, number=number) or word.category or _by_letters(word.text, number=number)


def _around(words: Sequence[Word], place: int, *, number: bool) -> Category | None:
    """Return what the words before and after a variable say of it."""
    before = words[place - 1] if place else None
    key = before is not None and ("=" in words[place].gap or ":" in words[place].gap)
    if before is not None and key and (said := _said_by(before.text)):
        return said
    if number and (said := _counted(words, place)):
        return said
    if before is not None and not key and words[place].gap.strip(" ([\"'#") == "":
        return _said_by(before.text)
    return None


def _counted(words: Sequence[Word], place: int) -> Category | None:
    """Return what a number says together with its unit, the things that it counts, or a second number: 2 of 5."""
    after = words[place + 1] if place + 1 < len(words) else None
    if after is not None and not after.gap.strip("( "):
        unit = after.text.lower().rstrip(".")
        if unit in _UNITS:
            return _UNITS[unit]
        plural = unit.isalpha() and len(unit) > 2 and unit.endswith("s") and not unit.endswith(("ss", "was"))
        if plural or unit in _COUNTED or (unit == "of" and _number_at(words, place + 2)):
            return _C.AMOUNT
    if place > 1 and words[place - 1].text == "of" and _number_at(words, place - 2):
        return _C.AMOUNT
    return None


def _number_at(words: Sequence[Word], place: int) -> bool:
    return place < len(words) and _NUMBER.fullmatch(words[place].text) is not None


def _said_by(text: str) -> Category | None:
    """Return what a key or a word before says of its value: the whole, or its last part.

    >>> _said_by("queueLength"), _said_by("exit_code"), _said_by("PSR")
    (<Category.RESOURCES: 'CRS'>, <Category.STATUS: 'STC'>, None)
    """
    whole = text.lower().strip(".-_/#")
    if whole in KEYS:
        return KEYS[whole]
    parts = [part.lower() for part in _HUMPS.findall(text)]
    if parts and parts[-1] in _UNIT_KEYS:
        return _UNITS.get(parts[-1], _C.TIME)
    if len(parts) > 1 and parts[-1] in KEYS:
        return KEYS[parts[-1]]
    return next((KEYS[ending] for ending in _ENDINGS if whole.endswith(ending)), None)


def _by_letters(text: str, *, number: bool) -> Category:
    if number:
        return _C.OTHER
    if any(letter.isdigit() for letter in text):
        return _C.OBJECT_ID
    return _C.OBJECT_NAME if any(letter.isalpha() for letter in text) else _C.OTHER
