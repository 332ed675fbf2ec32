"""Random functions that are hard to take apart: few names, often unbound, closures, every way of leaving a region.

Every loop ends: `for` runs over short ranges, `while` counts down a variable that nothing else writes.
"""

import random

NAMES = ("a", "b", "c", "xs")


class Maker:
    """Writes one function after the other from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.loops = 0

    def function(self) -> str:
        """Return the text of a function `f(a, xs)`, with what it needs around it."""
        head = "G = [0]\ng = 7\nfrom contextlib import suppress\n"
        kind = self.random.random()
        start = ["global g"] if self.random.random() < 0.2 else []
        self.names = (*NAMES, "g") if start else NAMES
        self.closures = self.random.random() < 0.3
        start += ["b = 1", "c = 2"] if self.random.random() < 0.7 else []
        body = [*start, *self.block(0, False, self.random.randint(3, 7), yields=kind < 0.15)]
        if kind < 0.15:
            body.append("yield a")
        elif self.random.random() < 0.7:
            body.append(f"return {self.value()}, xs")
        return head + "def f(a, xs):\n" + "\n".join("    " + line for line in body) + "\n"

    def name(self) -> str:
        """Return a variable that may be written."""
        return self.random.choice([name for name in self.names if name != "xs"])

    def value(self) -> str:
        """Return an expression; most of them are numbers."""
        name = self.random.choice(self.names[:3])
        return self.random.choice(
            (
                "1",
                "2",
                name,
                name,
                f"({name} + 1)",
                f"({name} * 2)",
                f"(({name} - 3) % 5)",
                "len(xs)",
                f"sum(v + {name} for v in xs)",
                f"max([v - {name} for v in xs] or [{name}])",
                f"(c := {name})",
                f"sorted(xs, key=lambda v: v * {name})[0]",
                "g",
                f"(1 // ({name} % 3))",
            )
        )

    def test(self) -> str:
        """Return a condition."""
        return self.random.choice(
            (
                f"{self.value()} > {self.value()}",
                f"{self.value()} % 2",
                f"{self.name()} == 1",
                f"{self.value()} < 3 and {self.value()}",
            )
        )

    def simple(self, looped: bool, yields: bool) -> list[str]:
        """Return one simple statement, or two."""
        name, other = self.name(), self.name()
        options = [
            [f"{name} = {self.value()}"],
            [f"{name} = {self.value()}"],
            [f"{name} += {self.value()}"],
            [f"xs.append({self.value()})"],
            ["xs = [*xs, 1]"],
            [f"{name}, {other} = {self.value()}, {self.value()}"],
            [f"G[0] += {self.value()}"],
            [f"del {name}"] if self.random.random() < 0.3 else ["pass"],
            [f"raise ValueError({name})"] if self.random.random() < 0.2 else ["xs = xs[:3]"],
            [f"fs = [lambda: {name}]", "xs.append(fs[0]())"],
            [f"xs.append(lambda: {name})"],
            [f"def h(v={self.value()}):", f"    return v + {name}", f"{other} = h()"],
            ["def k():", f"    nonlocal {name}", f"    {name} = 5", "k()"] if name != "g" else ["pass"],
            [f"it = (v + {name} for v in range(2))", f"{other} = 3", "xs += list(it)"],
            [f"assert {self.test()}"],
        ]
        if yields:
            options += [[f"yield {self.value()}"], [f"{name} = yield"]] * 2
        leaves = [[f"return {self.value()}"]]
        if looped:
            leaves += [["break"], ["continue"]]
        if self.random.random() < 0.12:
            return self.random.choice(leaves)
        plain = self.random.random() < 0.75 or not self.closures
        return self.random.choice(options[: 9 if plain else None])

    def block(self, depth: int, looped: bool, count: int, *, yields: bool = False) -> list[str]:
        """Return some statements."""
        lines: list[str] = []
        for _ in range(count):
            lines += self.statement(depth, looped, yields)
        return lines

    def statement(self, depth: int, looped: bool, yields: bool) -> list[str]:
        """Return one statement."""
        if depth > 1 or self.random.random() < 0.55:
            return self.simple(looped, yields)

        def inner(looped: bool = looped) -> list[str]:
            made = self.block(depth + 1, looped, self.random.randint(1, 3), yields=yields)
            if self.random.random() < 0.15:
                made.append(self.random.choice(["return a", *(["break", "continue"] if looped else [])]))
            return ["    " + line for line in made]

        kind = self.random.randrange(8)
        if kind <= 1:
            other = ["else:", *inner()] if self.random.random() < 0.5 else []
            return [f"if {self.test()}:", *inner(), *other]
        if kind <= 3:
            target = self.random.choice((self.name(), "i", "xs[0]"))
            other = ["else:", *inner()] if self.random.random() < 0.25 else []
            return [f"for {target} in range({self.random.randint(0, 3)}):", *inner(True), *other]
        if kind == 4:
            self.loops += 1
            left = f"n{self.loops}"
            return [f"{left} = 3", f"while {left} > 0:", f"    {left} -= 1", *inner(True)]
        if kind == 5:
            made = ["try:", *inner()]
            if self.random.random() < 0.8:
                caught = self.random.choice(("Exception as e", "ValueError", f"Exception as {self.name()}"))
                if caught.endswith("g"):
                    caught = "Exception"
                made += [f"except {caught}:", *inner()]
                if self.random.random() < 0.3:
                    made += ["else:", *inner()]
            if len(made) < 4 or "except" not in "".join(made) or self.random.random() < 0.4:
                made += ["finally:", *inner()]
            return made
        if kind == 6:
            return ["with suppress(Exception):", *inner()]
        return [
            f"match {self.value()}:",
            "    case 1:",
            *("    " + line for line in inner()),
            f"    case {self.random.choice(('b', 'c', 'int(b)'))} if {self.test()}:",
            *("    " + line for line in inner()),
            "    case _:",
            *("    " + line for line in inner()),
        ]


def functions(count: int, seed: int) -> list[str]:
    """Return `count` functions that compile."""
    maker = Maker(seed)
    found: list[str] = []
    while len(found) < count:
        text = maker.function()
        try:
            compile(text, "<made>", "exec")
        except SyntaxError:
            continue
        found.append(text)
    return found
