"""A small language of grids, written for `bench/anpl.py`: what sketches of ARC tasks are made of.

A grid is a list of rows of colours, 0 to 9; 0 is empty. A *part* of a grid is a grid of the same size that holds some
of its cells; `Grids` are lists of parts or of grids. No function changes its arguments; whatever would be empty, or
larger than 30 by 30, raises `ValueError`. The annotations direct `lang/composition_search.py`.

Leaves out: objects with positions, functions as arguments, any cleverness.
"""

import itertools
from typing import Literal

Grid = list[list[int]]
Grids = list[Grid]
Colour = Literal[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
Size = Literal[1, 2, 3, 4, 5, 6]

MOST = 30


def checked(grid: Grid) -> Grid:
    """Return a grid of an allowed size."""
    if not grid or not grid[0] or len(grid) > MOST or len(grid[0]) > MOST:
        raise ValueError("no grid")
    return grid


# ------------------------------------------------------------------------------------- turning


def mirror(grid: Grid) -> Grid:
    """Swap left and right."""
    return [row[::-1] for row in grid]


def upside_down(grid: Grid) -> Grid:
    """Swap top and bottom."""
    return [list(row) for row in grid[::-1]]


def turn(grid: Grid) -> Grid:
    """Turn by 90 degrees, clockwise."""
    return [list(row) for row in zip(*grid[::-1], strict=False)]


def half_turn(grid: Grid) -> Grid:
    """Turn by 180 degrees."""
    return [row[::-1] for row in grid[::-1]]


def transpose(grid: Grid) -> Grid:
    """Swap rows and columns."""
    return [list(row) for row in zip(*grid, strict=False)]


# ------------------------------------------------------------------------------------- cutting


def trim(grid: Grid) -> Grid:
    """Cut to the smallest rectangle that holds all cells that are not empty."""
    rows = [r for r, row in enumerate(grid) if any(row)]
    columns = [c for c, column in enumerate(zip(*grid, strict=False)) if any(column)]
    return checked(
        [list(row[columns[0] : columns[-1] + 1]) for row in grid[rows[0] : rows[-1] + 1]] if rows else []
    )


def top(grid: Grid) -> Grid:
    """Return the upper half; a row in the middle belongs to neither."""
    return checked([list(row) for row in grid[: len(grid) // 2]])


def bottom(grid: Grid) -> Grid:
    """Return the lower half."""
    return upside_down(top(upside_down(grid)))


def left(grid: Grid) -> Grid:
    """Return the left half; a column in the middle belongs to neither."""
    return checked([row[: len(row) // 2] for row in grid])


def right(grid: Grid) -> Grid:
    """Return the right half."""
    return mirror(left(mirror(grid)))


def first_rows(grid: Grid, count: Size) -> Grid:
    """Return the upper rows."""
    return checked([list(row) for row in grid[:count]])


def first_columns(grid: Grid, count: Size) -> Grid:
    """Return the left columns."""
    return checked([row[:count] for row in grid])


def without_border(grid: Grid) -> Grid:
    """Cut one row and one column off every side."""
    return checked([row[1:-1] for row in grid[1:-1]])


def without_repeats(grid: Grid) -> Grid:
    """Drop rows and columns that equal the one before."""
    for _ in range(2):
        grid = transpose([row for r, row in enumerate(grid) if r == 0 or row != grid[r - 1]])
    return grid


# ------------------------------------------------------------------------------------- growing


def enlarge(grid: Grid, factor: Size) -> Grid:
    """Make every cell a square of `factor` by `factor`."""
    if len(grid) * factor > MOST or len(grid[0]) * factor > MOST:
        raise ValueError("too large")
    return [[cell for cell in row for _ in range(factor)] for row in grid for _ in range(factor)]


def repeated(grid: Grid, times: Size) -> Grid:
    """Lay a grid out `times` by `times`."""
    return checked([row * times for row in grid] * times)


def shrink(grid: Grid, factor: Size) -> Grid:
    """Keep every `factor`-th row and column."""
    return [row[::factor] for row in grid[::factor]]


def beside(one: Grid, two: Grid) -> Grid:
    """Put two grids next to each other."""
    if len(one) != len(two):
        raise ValueError("different heights")
    return checked([a + b for a, b in zip(one, two, strict=False)])


def above(one: Grid, two: Grid) -> Grid:
    """Put one grid on top of another."""
    if len(one[0]) != len(two[0]):
        raise ValueError("different widths")
    return checked([list(row) for row in one + two])


def framed(grid: Grid, colour: Colour) -> Grid:
    """Paint the outermost cells."""
    last = len(grid) - 1, len(grid[0]) - 1
    return [
        [colour if r in (0, last[0]) or c in (0, last[1]) else cell for c, cell in enumerate(row)]
        for r, row in enumerate(grid)
    ]


def widened(grid: Grid, colour: Colour) -> Grid:
    """Put a border of one cell around."""
    side = [colour] * (len(grid[0]) + 2)
    return checked([side, *([colour, *row, colour] for row in grid), list(side)])


# ------------------------------------------------------------------------------------ colours


def recolour(grid: Grid, old: Colour, new: Colour) -> Grid:
    """Paint all cells of one colour in another."""
    return [[new if cell == old else cell for cell in row] for row in grid]


def swapped(grid: Grid, one: Colour, two: Colour) -> Grid:
    """Exchange two colours."""
    other = {one: two, two: one}
    return [[other.get(cell, cell) for cell in row] for row in grid]


def only(grid: Grid, colour: Colour) -> Grid:
    """Keep the cells of one colour."""
    return [[cell if cell == colour else 0 for cell in row] for row in grid]


def without(grid: Grid, colour: Colour) -> Grid:
    """Empty the cells of one colour."""
    return [[0 if cell == colour else cell for cell in row] for row in grid]


def painted(grid: Grid, colour: Colour) -> Grid:
    """Paint all cells that are not empty."""
    return [[colour if cell else 0 for cell in row] for row in grid]


def filled(grid: Grid, colour: Colour) -> Grid:
    """Paint all empty cells."""
    return [[cell or colour for cell in row] for row in grid]


def inverted(grid: Grid) -> Grid:
    """Exchange empty cells and cells of the only colour there is."""
    colours = {cell for row in grid for cell in row} - {0}
    if len(colours) != 1:
        raise ValueError("not one colour")
    (colour,) = colours
    return [[0 if cell else colour for cell in row] for row in grid]


def commonest(grid: Grid) -> Colour:
    """Return the colour of most cells, empty ones included."""
    cells = [cell for row in grid for cell in row]
    return max(sorted(set(cells)), key=cells.count)


def main_colour(grid: Grid) -> Colour:
    """Return the colour of most cells that are not empty."""
    cells = [cell for row in grid for cell in row if cell]
    return max(sorted(set(cells)), key=cells.count)


def rarest(grid: Grid) -> Colour:
    """Return the colour of fewest cells that are not empty."""
    cells = [cell for row in grid for cell in row if cell]
    return min(sorted(set(cells)), key=cells.count)


def colour_count(grid: Grid) -> Size:
    """Return how many colours there are, empty not counted."""
    return len({cell for row in grid for cell in row} - {0})  # type: ignore[return-value]


# ---------------------------------------------------------------------------------- combining


def over(one: Grid, two: Grid) -> Grid:
    """Lay one grid over another of its size: what is empty in it shows the other."""
    _same_size(one, two)
    return [[a or b for a, b in zip(*rows, strict=False)] for rows in zip(one, two, strict=False)]


def both(one: Grid, two: Grid) -> Grid:
    """Keep the cells of the first where the second is not empty either."""
    _same_size(one, two)
    return [[a if b else 0 for a, b in zip(*rows, strict=False)] for rows in zip(one, two, strict=False)]


def minus(one: Grid, two: Grid) -> Grid:
    """Keep the cells of the first where the second is empty."""
    _same_size(one, two)
    return [[0 if b else a for a, b in zip(*rows, strict=False)] for rows in zip(one, two, strict=False)]


def either(one: Grid, two: Grid) -> Grid:
    """Keep the cells of each where the other is empty."""
    return over(minus(one, two), minus(two, one))


def neither(one: Grid, two: Grid, colour: Colour) -> Grid:
    """Paint the cells that are empty in both."""
    _same_size(one, two)
    return [
        [0 if a or b else colour for a, b in zip(*rows, strict=False)] for rows in zip(one, two, strict=False)
    ]


def _same_size(one: Grid, two: Grid) -> None:
    if len(one) != len(two) or len(one[0]) != len(two[0]):
        raise ValueError("different sizes")


# -------------------------------------------------------------------------------------- parts


def blobs(grid: Grid) -> Grids:
    """Return the parts of one colour whose cells touch by sides, from the top left."""
    return _parts(grid, diagonal=False, mixed=False)


def clusters(grid: Grid) -> Grids:
    """Return the parts of any colours whose cells touch by sides or corners."""
    return _parts(grid, diagonal=True, mixed=True)


def by_colour(grid: Grid) -> Grids:
    """Return one part for every colour."""
    return [only(grid, colour) for colour in sorted({cell for row in grid for cell in row} - {0})]


def _parts(grid: Grid, *, diagonal: bool, mixed: bool) -> Grids:
    height, width = len(grid), len(grid[0])
    steps = [(0, 1), (1, 0), (0, -1), (-1, 0)]
    steps += [(1, 1), (1, -1), (-1, 1), (-1, -1)] if diagonal else []
    seen: set[tuple[int, int]] = set()
    found = []
    for start in ((r, c) for r in range(height) for c in range(width)):
        if start in seen or not grid[start[0]][start[1]]:
            continue
        part = [[0] * width for _ in range(height)]
        seen.add(start)
        waiting = [start]
        while waiting:
            r, c = waiting.pop()
            part[r][c] = grid[r][c]
            for dr, dc in steps:
                y, x = r + dr, c + dc
                if not (0 <= y < height and 0 <= x < width) or (y, x) in seen or not grid[y][x]:
                    continue
                if mixed or grid[y][x] == grid[r][c]:
                    seen.add((y, x))
                    waiting.append((y, x))
        found.append(part)
    return found


def cells(grid: Grid) -> int:
    """Return how many cells are not empty."""
    return sum(1 for row in grid for cell in row if cell)


def largest(parts: Grids) -> Grid:
    """Return the part of most cells, the first of several."""
    return max(parts, key=cells)


def smallest(parts: Grids) -> Grid:
    """Return the part of fewest cells, the first of several."""
    return min(parts, key=cells)


def most_colourful(parts: Grids) -> Grid:
    """Return the part of most colours, the first of several."""
    return max(parts, key=lambda part: len({cell for row in part for cell in row}))


def joined(parts: Grids) -> Grid:
    """Lay all parts over one another."""
    whole = parts[0]
    for part in parts[1:]:
        whole = over(whole, part)
    return whole


def of_size(parts: Grids, count: Size) -> Grids:
    """Keep the parts of so many cells."""
    return [part for part in parts if cells(part) == count]


def larger(parts: Grids, count: Size) -> Grids:
    """Keep the parts of more cells."""
    return [part for part in parts if cells(part) > count]


def at_border(parts: Grids) -> Grids:
    """Keep the parts that touch the border of the grid."""
    return [part for part in parts if cells(part) > cells(widened(without_border(part), 0))]


def symmetric(parts: Grids) -> Grids:
    """Keep the parts that are their own mirror image."""
    return [part for part in parts if trim(part) == mirror(trim(part))]


# --------------------------------------------------------------------------------------- moves


def holes(grid: Grid, colour: Colour) -> Grid:
    """Return the empty cells that are enclosed, painted."""
    height, width = len(grid), len(grid[0])
    outside = {
        (r, c) for r in range(height) for c in range(width) if r in (0, height - 1) or c in (0, width - 1)
    }
    outside = {(r, c) for r, c in outside if not grid[r][c]}
    waiting = list(outside)
    while waiting:
        r, c = waiting.pop()
        for y, x in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)):
            if 0 <= y < height and 0 <= x < width and not grid[y][x] and (y, x) not in outside:
                outside.add((y, x))
                waiting.append((y, x))
    return [
        [colour if not cell and (r, c) not in outside else 0 for c, cell in enumerate(row)]
        for r, row in enumerate(grid)
    ]


def around(grid: Grid, colour: Colour) -> Grid:
    """Return the empty cells that touch one that is not, by side or corner, painted."""
    height, width = len(grid), len(grid[0])

    def touches(r: int, c: int) -> bool:
        rows = range(max(r - 1, 0), min(r + 2, height))
        return any(grid[y][x] for y in rows for x in range(max(c - 1, 0), min(c + 2, width)))

    return [
        [colour if not cell and touches(r, c) else 0 for c, cell in enumerate(row)]
        for r, row in enumerate(grid)
    ]


def inner(grid: Grid) -> Grid:
    """Keep the cells that touch no empty one and not the border."""
    padded = widened(grid, 0) if len(grid) < MOST - 1 and len(grid[0]) < MOST - 1 else grid
    made = [
        [
            cell
            if cell and all(padded[y][x] for y in range(r - 1, r + 2) for x in range(c - 1, c + 2))
            else 0
            for c, cell in enumerate(row)
            if 0 < c < len(row) - 1
        ]
        for r, row in enumerate(padded)
        if 0 < r < len(padded) - 1
    ]
    return made if padded is not grid else widened(made, 0)


def boxes(grid: Grid, colour: Colour) -> Grid:
    """Paint the empty cells in the rectangle around every cluster."""
    made = [list(row) for row in grid]
    for part in clusters(grid):
        rows = [r for r, row in enumerate(part) if any(row)]
        columns = [c for c, column in enumerate(zip(*part, strict=False)) if any(column)]
        for r in range(rows[0], rows[-1] + 1):
            for c in range(columns[0], columns[-1] + 1):
                made[r][c] = made[r][c] or colour
    return made


def fallen(grid: Grid) -> Grid:
    """Let all cells fall to the bottom."""
    columns = [[cell for cell in column if cell] for column in zip(*grid, strict=False)]
    return transpose([[0] * (len(grid) - len(column)) + column for column in columns])


def down(grid: Grid) -> Grid:
    """Move all by one row down; the last row is lost."""
    return [[0] * len(grid[0]), *(list(row) for row in grid[:-1])]


def spread_right(grid: Grid) -> Grid:
    """Let every cell paint the empty cells at its right, up to the next one."""
    return [_spread(row) for row in grid]


def _spread(row: list[int]) -> list[int]:
    found, last = [], 0
    for cell in row:
        last = cell or last
        found.append(last)
    return found


def full_rows(grid: Grid) -> Grid:
    """Paint every row that holds one colour in that colour; other rows are left out."""
    return [[max(row)] * len(row) if len(set(row) - {0}) == 1 else [0] * len(row) for row in grid]


def bridged(grid: Grid) -> Grid:
    """Paint the empty cells between two cells of one colour in a row."""
    made = [list(row) for row in grid]
    for row in made:
        places = [place for place, cell in enumerate(row) if cell]
        for a, b in itertools.pairwise(places):
            if row[a] == row[b]:
                row[a:b] = [row[a]] * (b - a)
    return made


def blank(grid: Grid, colour: Colour) -> Grid:
    """Return a grid of the same size in one colour."""
    return [[colour] * len(row) for row in grid]
