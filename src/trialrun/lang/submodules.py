"""Sub-modules: the functions at the top level of a program, each as text and as a program of its own.

As a program a function keeps everything around it but tests, example calls and what runs only as a script, so that its
helpers, constants and imports are there when it is called alone.

Leaves out: methods and inner functions; stubs.
"""

import ast
from dataclasses import dataclass

from trialrun.core.program import Program
from trialrun.lang.parts import Parser
from trialrun.lang.signatures import Signature, read_signature
from trialrun.lang.statements import is_stub, statements
from trialrun.lang.trim import trimmed


@dataclass(frozen=True, slots=True, kw_only=True)
class SubModule:
    """One function of a program."""

    name: str
    text: str
    """Its own source, docstring included."""
    signature: Signature
    program: Program
    """The program around it, with the function as entry point."""

    @property
    def arity(self) -> int:
        """Number of parameters that a call has to give."""
        return sum(part.default is None and not part.variadic for part in self.signature.parameters)


def sub_modules(program: Program) -> list[SubModule]:
    """Return the functions of a Python program, in order; none where it does not parse.

    >>> program = Program.from_source("def f(x):\\n    return g(x)\\n\\ndef g(x):\\n    return x")
    >>> [one.name for one in sub_modules(program)]
    ['f', 'g']
    """
    parsed = Parser().parsed(program.source)
    if parsed is None:
        return []
    found: dict[str, SubModule] = {}
    for one in statements(program.source, parsed.tree):
        if not isinstance(one.node, ast.FunctionDef) or is_stub(one.node):
            continue
        name = one.node.name
        signature = read_signature(parsed.tree, name)
        if signature is not None:
            alone = Program(
                files=(("solution.py", trimmed(parsed, name)),),
                entry=name,
                maker=program.maker,
                parents=(program.id,),
            )
            found[name] = SubModule(name=name, text=one.text + "\n", signature=signature, program=alone)
    return list(found.values())
