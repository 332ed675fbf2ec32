"""Programs → judgement, by behaviour. The name `trialrun.compare` is also the public function (`comparing.py`).

Importing any module of this package makes the package an attribute of `trialrun`, in the place where the function was
looked for; so the package is the function too, when it is called.
"""

import importlib
import sys
from types import ModuleType
from typing import Any


class _CallablePackage(ModuleType):
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return importlib.import_module("trialrun.comparing").compare(*args, **kwargs)


sys.modules[__name__].__class__ = _CallablePackage
