"""Test code with the functions of the tested file under their own names, and without imports of that file.

Leaves out: names that are imported by star and then bound to something else.
"""

import ast
from collections.abc import Sequence

from trialrun.core.errors import UsageError


class OwnNames(ast.NodeTransformer):
    """Puts `pass` in place of imports of the tested module, and gives its functions their own names."""

    def __init__(self, module: str, functions: Sequence[str]) -> None:
        self.module, self.functions = module, set(functions)
        self.modules = set[str]()
        self.names: dict[str, str] = {}

    def visit_Import(self, node: ast.Import) -> ast.AST:
        """Take note of `import m` and `import m as n`."""
        kept = []
        for alias in node.names:
            if alias.name.rpartition(".")[2] == self.module:
                self.modules.add(alias.asname or alias.name)
            else:
                kept.append(alias)
        node.names = kept
        return node if kept else ast.Pass()

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        """Take note of `from m import f` and `from package import m`."""
        if (node.module or "").rpartition(".")[2] == self.module:
            for alias in node.names:
                if alias.name == "*":
                    continue  # its functions have their own names then
                if alias.name not in self.functions:
                    raise UsageError(
                        f"the tests import {alias.name[:100]!r}, which is no function of {self.module}.py"
                    )
                self.names[alias.asname or alias.name] = alias.name
            return ast.Pass()
        kept = [alias for alias in node.names if alias.name != self.module]
        self.modules |= {alias.asname or alias.name for alias in node.names if alias.name == self.module}
        node.names = kept
        return node if kept else ast.Pass()

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Give `m.f` its own name."""
        if node.attr in self.functions and dotted(node.value) in self.modules:
            return ast.copy_location(ast.Name(id=node.attr, ctx=node.ctx), node)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Give what was imported by another name its own."""
        node.id = self.names.get(node.id, node.id)
        return node


def dotted(node: ast.expr) -> str:
    """Return the text of a dotted name; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
