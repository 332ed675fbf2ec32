"""trialrun: run it before you trust it.

The public face is small: `run` a program, `evaluate` a task set. Both import their machinery when first used,
so that `import trialrun` stays cheap.
"""

from typing import TYPE_CHECKING, Any

from trialrun.core.version import VERSION as __version__

__all__ = ["__version__", "evaluate", "run"]

if TYPE_CHECKING:
    from trialrun.flow import evaluate
    from trialrun.running import run as run


def __getattr__(name: str) -> Any:
    if name == "evaluate":
        from trialrun.flow import evaluate

        return evaluate
    if name == "run":
        import importlib

        return importlib.import_module("trialrun.run")
    raise AttributeError(f"module 'trialrun' has no attribute {name!r}")
