"""The flags of a method: one per field of its declaration, with the field's docstring as help.

`trialrun eval SET --method vanilla --help` shows them beside eval's own. Which method is meant must be known before
the command line can be parsed, so its name is looked for first.

Leaves out: settings of a method that a method uses (`--repair repair/ldb` names it; its own stay at their defaults).
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from cyclopts import App, Parameter

from trialrun.core.discovery import find
from trialrun.core.method import DEFAULT, Generator, Method, Repairer
from trialrun.core.settings import Setting, from_table, plain, settings_of

REFERENCE = "reference"


def method_named(arguments: Sequence[str]) -> type[Method] | None:
    """Return the method that a command line means: the one after --method, or with --model alone the default one.

    None where it means no method. Raises `UsageError` for an unknown one.
    """
    flags = {argument.partition("=")[0] for argument in arguments}
    name = _named(arguments)
    if "--model" in flags and not flags & {"--method", "--samples"}:
        name = DEFAULT
    if not name or name == REFERENCE or name.startswith("-"):
        return None
    return find(name, Generator)


def repairer_named(arguments: Sequence[str]) -> type[Method] | None:
    """Return the method of repair after --method, or None where there is none. Raises `UsageError` alike."""
    name = _named(arguments)
    return None if not name or name.startswith("-") else find(name, Repairer)


def _named(arguments: Sequence[str]) -> str | None:
    """Return what stands after --method."""
    name = None
    for flag, value in zip(arguments, [*arguments[1:], ""], strict=True):
        if flag == "--":
            break
        if flag == "--method":
            name = value
        elif flag.startswith("--method="):
            name = flag.partition("=")[2]
    return name


def with_flags_of(app: App, method: type[Method], command: Callable[..., Any], name: str, help: str) -> App:
    """Return an app like `app` whose only command is `command`, taking the method's settings as flags too.

    It is called `name`, and its help is that of the method with `help` behind it. `command` gets the method, made with
    those settings, as the keyword `made_by`.
    """

    def run(*positional: Any, **named: Any) -> Any:
        table = {
            setting.name: plain(value)
            for setting in settings
            if (value := named.pop(setting.name, None)) is not None
        }
        return command(*positional, **named, made_by=from_table(method, table))

    settings = settings_of(method)
    own = inspect.signature(command)
    flags = [_flag(setting, method.declared.id) for setting in settings]
    kept = [parameter for parameter in own.parameters.values() if parameter.name != "made_by"]
    run.__doc__ = command.__doc__
    run.__signature__ = own.replace(parameters=[*kept, *flags])  # type: ignore[attr-defined]
    whole = App(
        name=app.name,
        help=app.help,
        version=app.version,
        help_format="plaintext",
        suppress_keyboard_interrupt=False,
        default_parameter=app.default_parameter,
    )
    whole.command(run, name=name, help=f"{method.declared.summary} {help}")
    return whole


def _flag(setting: Setting, owner: str) -> inspect.Parameter:
    kind: Any = str if setting.uses else setting.type
    default = setting.default.declared.id if isinstance(setting.default, Method) else setting.default
    how = Parameter(help=setting.help, negative=setting.off, group=f"Settings of {owner}")
    return inspect.Parameter(
        setting.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, how]
    )
