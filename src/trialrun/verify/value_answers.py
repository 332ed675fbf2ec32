"""Predicted outputs and inputs, graded by running: canonical values first, text second.

*Output*: the answer is a literal, or (under the data set's rules) an expression, which then runs in a job of its own;
its value is compared with what the call really gives. An answer that repeats the call is no answer. Where the call
raises, the answer is the exception's name. *Input*: the answer is a call, and what that call gives is compared with
what the question's own call gives, so that any input with that output is right. *Printed*: the text that a whole
program prints; where both texts are literals their values count, so that sets and dicts may come in any order.

Under `strict` only literals are answers, and types count. Leaves out: partial credit (`text_answers.py`).
Sources: CRUXEval (2024), whose grader executes `assert output == answer`; CodeMind (2024).
"""

import ast

from trialrun.core import compare_values, values
from trialrun.core.compare_values import Comparator
from trialrun.core.execution import Execution, Outcome, require_real
from trialrun.core.parse_values import parse
from trialrun.lang.final_answer import final_answer
from trialrun.lang.literal_calls import expression, read_arguments, read_literal
from trialrun.verify.answers import Asked, Graded, graded
from trialrun.verify.cases import SHOWN, text_of
from trialrun.verify.programs import same_text

PRINTED = "printed"
"""Family of questions whose published answers are what `print` shows: strings without quotes count too."""
PYTHON = Comparator(name="python")
STRICT = Comparator(name="strict")


def grade_output(asked: Asked) -> Graded:
    """Grade a predicted result of a call."""
    answer = final_answer(asked.text)
    call = f"{asked.check.entry}({asked.check.call})"
    how = STRICT if asked.strict else PYTHON
    real = require_real(asked.run(call))
    expected = _shown(real)
    if real.outcome is Outcome.RAISED:
        named = answer.strip().rstrip("()").partition(":")[0].strip()
        return graded(named == real.exception, "exception: type", expected=expected, got=answer[:SHOWN])
    if real.outcome is not Outcome.RETURNED or real.value is None:
        return graded(None, how.name, message=f"the call itself ended with {real.ending[:SHOWN]}")
    if call in answer:
        return graded(False, how.name, expected=expected, got=answer[:SHOWN], message="repeats the call")
    if asked.check.family == PRINTED and not asked.strict and _as_printed(answer, real.value):
        return graded(True, "text: as printed", expected=expected, got=answer[:SHOWN])
    literal = read_literal(answer)
    if literal is not None:
        right = _same(encoded(literal.value), real.value, how)
        return graded(right, f"values: {how.name}", expected=expected, got=answer[:SHOWN])
    if asked.check.expected is not None and _same(real.value, real.value, how) is None:
        # The value can be compared with nothing; the published text is all there is.
        same = same_text(answer.strip().encode(), asked.check.expected.strip().encode(), "upstream")
        return graded(same, "text", expected=asked.check.expected[:SHOWN], got=answer[:SHOWN])
    if asked.strict:
        return graded(
            False, f"values: {how.name}", expected=expected, got=answer[:SHOWN], message="no literal"
        )
    found = require_real(asked.run(answer))
    right = found.outcome is Outcome.RETURNED and _same(found.value, real.value, how)
    message = "" if found.outcome is Outcome.RETURNED else found.ending[:SHOWN]
    return graded(
        right, f"values of the expression: {how.name}", expected=expected, got=answer[:SHOWN], message=message
    )


def grade_input(asked: Asked) -> Graded:
    """Grade a predicted call by what it gives."""
    answer = final_answer(asked.text, "input")
    entry = asked.check.entry or ""
    how = STRICT if asked.strict else PYTHON
    real = require_real(asked.run(f"{entry}({asked.check.call})"))
    expected = _shown(real)
    if real.outcome is not Outcome.RETURNED:
        return graded(None, how.name, message=f"the call itself ended with {real.ending[:SHOWN]}")
    plain = _plain_call(answer, entry)
    if not plain and (asked.strict or f"{entry}(" not in answer):
        return graded(False, how.name, expected=expected, got=answer[:SHOWN], message=f"no call of {entry}")
    found = require_real(asked.run(answer))
    right = found.outcome is Outcome.RETURNED and _same(found.value, real.value or b"", how)
    got = _shown(found) if found.outcome is Outcome.RETURNED else found.ending[:SHOWN]
    weak = "" if plain else "the answer is an expression of its own around the call"
    return graded(
        right,
        f"values: {how.name}",
        expected=expected,
        got=f"{answer[:SHOWN]} gives {got}",
        weak_because=weak,
    )


def grade_printed(asked: Asked) -> Graded:
    """Grade predicted text that a whole program prints; without `expected` the program is run."""
    published = asked.check.expected
    if published is None or asked.strict:
        real = require_real(asked.whole())
        if real.outcome is not Outcome.RETURNED:
            return graded(None, "text", message=f"the program itself ended with {real.ending[:SHOWN]}")
        published = real.stdout.decode("utf-8", "replace")
    answer = final_answer(asked.text)
    right, comparator = same_answer(answer, published, strict=asked.strict)
    return graded(right, comparator, expected=published[:SHOWN], got=answer[:SHOWN])


def same_answer(answer: str, expected: str, *, strict: bool = False) -> tuple[bool | None, str]:
    """Compare two texts as values where both are literals, else as text; return that and the comparator's name.

    >>> same_answer("{1, 2, 3}", "{3, 1, 2}"), same_answer("'a'", '"a"'), same_answer("a b ", "a b")
    ((True, 'values: python'), (True, 'values: python'), (True, 'text'))
    """
    one, two = read_literal(answer), read_literal(expected)
    if one is not None and two is not None:
        how = STRICT if strict else PYTHON
        return _same(encoded(one.value), encoded(two.value) or b"", how), f"values: {how.name}"
    same = same_text(answer.strip().encode(), expected.strip().encode(), "strict" if strict else "upstream")
    return same, "text"


def encoded(value: object) -> bytes | None:
    """Return the canonical bytes of a literal's value, None where it is too large or too deep."""
    try:
        return values.encode(value)
    except (ValueError, RecursionError):
        return None


def _same(got: bytes | None, expected: bytes, how: Comparator) -> bool | None:
    if got is None:
        return False
    try:
        return compare_values.equal(got, expected, how)
    except values.Malformed:
        return False


def _as_printed(answer: str, value: bytes) -> bool:
    """Tell whether an answer is the text of a string, which `print` shows without quotes."""
    try:
        low = parse(value)
    except values.Malformed:
        return False
    return type(low) is str and same_text(
        answer.strip().encode(), low.strip().encode("utf-8", "replace"), "upstream"
    )


def _plain_call(text: str, entry: str) -> bool:
    """Tell whether a text is one call of the entry point with literal arguments."""
    node = expression(text)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != entry:
        return False
    return read_arguments(node) is not None


def _shown(execution: Execution) -> str:
    return text_of(execution.value) if execution.value is not None else execution.ending[:SHOWN]
