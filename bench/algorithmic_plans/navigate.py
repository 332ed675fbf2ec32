"""Navigate: a position and a direction, changed by each instruction."""

import re

TURNS = {"right": 1, "around": 2, "left": 3}


def solve(text):
    """Return `Yes` where the walk ends where it began."""
    ways = [(0, 1), (1, 0), (0, -1), (-1, 0)]
    sides = {"forward": 0, "right": 1, "backward": 2, "left": 3}
    x = y = facing = 0
    for turn, steps, side in re.findall(r"Turn (\w+)|Take (\d+) steps?(?: (\w+))?", text):
        if turn:
            facing = (facing + TURNS[turn]) % 4
        else:
            dx, dy = ways[(facing + sides[side or "forward"]) % 4]
            x, y = x + dx * int(steps), y + dy * int(steps)
        print("position", x, y, "facing", facing)
    return "Yes" if x == y == 0 else "No"
