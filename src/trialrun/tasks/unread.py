"""`UnreadCases`: the inputs of a check as the text that a data file has them in, read when somebody asks for one.

A large set has a hundred thousand inputs; once their encoded calls are kept, a run that passes needs none of them.
Their text stands for them where a task is identified.

Leaves out: whether the text is what it should be, before it is read.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from typing import overload

from trialrun.core.errors import UsageError
from trialrun.core.task import Case


class UnreadCases(Sequence[Case]):
    """Cases whose arguments are a JSON array of arrays."""

    def __init__(self, text: bytes, where: str) -> None:
        """`where` says in errors what the text belongs to."""
        self._text, self._where = text, where

    @cached_property
    def _cases(self) -> tuple[Case, ...]:
        try:
            inputs = json.loads(self._text)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{self._where}: not JSON: {str(error)[:200]}") from error
        if type(inputs) is not list or not all(type(arguments) is list for arguments in inputs):
            raise UsageError(f"{self._where}: expected an array of arrays")
        return tuple(Case(args=tuple(arguments)) for arguments in inputs)

    def __len__(self) -> int:
        return len(self._cases)

    @overload
    def __getitem__(self, place: int) -> Case: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Case]: ...
    def __getitem__(self, place: int | slice) -> Case | Sequence[Case]:
        return self._cases[place]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, UnreadCases):
            return self._text == other._text or self._cases == other._cases
        return self._cases == other

    __hash__ = None  # type: ignore[assignment]  # as of a tuple of cases

    def __repr__(self) -> str:
        return f"<inputs in JSON, sha256 {hashlib.sha256(self._text).hexdigest()}>"
