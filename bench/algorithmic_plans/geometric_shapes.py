"""Geometric shapes: arcs make circles and sectors, corners the rest; four corners by their angles."""

import re

BY_CORNERS = {2: "line", 3: "triangle", 5: "pentagon", 6: "hexagon", 7: "heptagon", 8: "octagon"}


def is_right(one, two, three):
    """Say whether three points make a right angle, by the lengths of the sides."""
    ax, ay, bx, by = one[0] - two[0], one[1] - two[1], three[0] - two[0], three[1] - two[1]
    return abs(ax * bx + ay * by) < 0.01 * (ax * ax + ay * ay + bx * bx + by * by)


def solve(text):
    """Return the letter of the option."""
    path = re.search(r'd="([^"]*)"', text)[1]
    points = []
    for x, y in re.findall(r"[ML] (-?[\d.]+),(-?[\d.]+)", path):
        point = (float(x), float(y))
        if point not in points:
            points.append(point)
            print("corner", len(points), *point)
    if " A " in path:
        shape = "sector" if " L " in path else "circle"
    elif len(points) == 4:
        corners = [is_right(*(points[(n + step) % 4] for step in range(3))) for n in range(4)]
        print("right angles", corners)
        shape = "rectangle" if all(corners) else "kite"
    else:
        shape = BY_CORNERS[len(points)]
    print("shape", shape)
    return re.search(rf"(\(\w\)) {shape}$", text, re.MULTILINE)[1]
