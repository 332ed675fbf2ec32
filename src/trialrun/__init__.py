"""trialrun: run it before you trust it.

The public face is small: `run` a program, `trace` one, `compare` two, `evaluate` a task set. All import their machinery
when first used, so that `import trialrun` stays cheap.
"""

from typing import TYPE_CHECKING, Any

from trialrun.core.version import VERSION as __version__

__all__ = ["__version__", "compare", "evaluate", "run", "trace"]

if TYPE_CHECKING:
    from trialrun.comparing import compare as compare
    from trialrun.flow import evaluate
    from trialrun.running import run as run
    from trialrun.running import trace as trace


def __getattr__(name: str) -> Any:
    if name == "evaluate":
        from trialrun.flow import evaluate

        return evaluate
    if name == "trace":
        from trialrun.running import trace

        return trace
    if name in ("compare", "run"):
        import importlib

        return importlib.import_module(f"trialrun.{name}")
    raise AttributeError(f"module 'trialrun' has no attribute {name!r}")
