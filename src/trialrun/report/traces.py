"""Which renderer writes a trace in which form: one table, each renderer a function `(trace) -> str` of its own module.

Leaves out: the renderers, which are imported when they are asked for.
"""

import importlib
from collections.abc import Callable

from trialrun.core.errors import UsageError
from trialrun.core.trace import Trace

RENDERERS = {
    "lines": "trialrun.observe.render_lines:render",
    "json": "trialrun.observe.render_json:render",
    "blocks": "trialrun.observe.blocks:render",
    "calls": "trialrun.observe.calls:render",
    "coverage": "trialrun.observe.coverage:render",
    "html": "trialrun.report.stepper:render",
    "perfetto": "trialrun.report.perfetto:render",
    "histories": "trialrun.observe.histories:render",
    "classes": "trialrun.observe.quantise:render",
    "scratchpad": "trialrun.observe.scratchpad:render",
    "concise": "trialrun.observe.scratchpad:render_concise",
    "monologue": "trialrun.observe.monologue:render",
    "backward": "trialrun.observe.monologue:render_backward",
}
"""Name of the form → module and function."""
WITH_VALUES = frozenset(
    {
        "json",
        "blocks",
        "classes",
        "html",
        "perfetto",
        "histories",
        "scratchpad",
        "concise",
        "monologue",
        "backward",
    }
)
"""Forms that show values whether they are asked for or not."""


def render_trace(trace: Trace, form: str) -> str:
    """Return a trace as text in a form. Raises `UsageError` for a form that there is not."""
    return renderer_of(form)(trace)


def renderer_of(form: str) -> Callable[[Trace], str]:
    """Return the function that renders a form. Raises `UsageError` where there is none."""
    if form not in RENDERERS:
        raise UsageError(f"no form {form!r} of a trace: there are {', '.join(sorted(RENDERERS))}")
    module, _, name = RENDERERS[form].partition(":")
    render: Callable[[Trace], str] = getattr(importlib.import_module(module), name)
    return render
