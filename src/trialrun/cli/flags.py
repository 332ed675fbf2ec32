"""How declarations become flags: joined lists, lengths of time, and limits named after what they limit.

Leaves out: the flags of single commands.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, get_args, get_origin

from cyclopts import Parameter, convert
from cyclopts.token import Token

from trialrun.core.errors import UsageError
from trialrun.core.limits import Limits, Network

_UNITS = {"": 1.0, "s": 1.0, "ms": 0.001, "m": 60.0, "min": 60.0, "h": 3600.0}


def convert_joined(type_: Any, tokens: Sequence[Token]) -> Any:
    """Convert a flag's tokens; lists of numbers may be joined by commas (`--k 1,10`)."""
    if get_origin(type_) in (tuple, list) and int in get_args(type_):
        tokens = [token.evolve(value=part) for token in tokens for part in token.value.split(",")]
    return convert(type_, tokens)


def limit_flag(field: str) -> str:
    """Name the flag of a limit: what is limited, without the unit, which its help states.

    >>> limit_flag("cpu_s"), limit_flag("memory_mb"), limit_flag("calls"), limit_flag("network")
    ('cpu-limit', 'memory-limit', 'call-limit', 'network')
    """
    if field in ("processes", "network"):  # permissions, not amounts
        return field
    if field in Network.__members__:  # the words that a flag takes are named by this too
        return field.lower()
    return re.sub(r"(_s|_mb|_kb|s)$", "", field) + "-limit"


def model_flag(field: str) -> str:
    """Name the flag of a model option: `--base-url`, `--api-key`, all others with `model` in front.

    >>> model_flag("api_key"), model_flag("timeout_s"), model_flag("attempts")
    ('api-key', 'model-timeout', 'model-attempts')
    """
    name = field.removesuffix("_s").replace("_", "-")
    return name if field in ("base_url", "api_key") else f"model-{name}"


def refuse_nonsense(type_: Any, limits: Limits) -> None:
    """Raise `ValueError` for a limit that is not a number above zero."""
    for field in fields(limits):
        value = getattr(limits, field.name)
        if value is not None and not isinstance(value, bool | str) and not 0 < value < math.inf:
            raise ValueError(f"--{limit_flag(field.name)} is {value}; it must be above 0")


def seconds(text: str) -> float:
    """Read a length of time.

    >>> seconds("90s"), seconds("1.5m"), seconds("20")
    (90.0, 90.0, 20.0)
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", text)
    if match is None or match[2] not in _UNITS or not float(match[1]):
        raise UsageError(f"{text!r} is no length of time, such as 90s or 2m")
    return float(match[1]) * _UNITS[match[2]]


def refuse_below_zero(**values: float) -> None:
    """Raise `UsageError` for a flag, named by its field, that is not a number above zero."""
    for name, value in values.items():
        if not 0 < value < math.inf:
            raise UsageError(f"--{name.replace('_', '-')} is {value}; it must be above 0")


# `Limits` is plain data and knows nothing of command lines; these are its flags wherever a command takes it.
Parameter(name="*", name_transform=limit_flag, validator=refuse_nonsense)(Limits)
