"""Strings as words: what stands between gaps is removed, repeated, moved, or replaced by words known from elsewhere.

Leaves out: strings of lines that are read as formats (`formats.py`).
"""

import re
from random import Random

GAPS = " ,;\n"
"""What may stand between words."""
_GAP = re.compile(f"[{GAPS}]+")


def words_of(text: str) -> list[str]:
    """Return the words of a string.

    >>> words_of("three, four five")
    ['three', 'four', 'five']
    """
    return _GAP.split(text)


def reworded(text: str, gap: str, known: str, rng: Random) -> str:
    """Return a string whose words, between gaps of one kind, were changed; `known` is a word from elsewhere."""
    words = text.split(gap)
    one, two, choice = rng.randrange(len(words)), rng.randrange(len(words)), rng.randrange(6)
    if choice == 0 and len(words) > 1:
        del words[one]
    elif choice == 1:
        words.insert(one, words[two])
    elif choice == 2:
        words[one], words[two] = words[two], words[one]
    elif choice == 3:
        rng.shuffle(words)
    elif choice == 4:
        words[one] = known
    else:
        words.insert(one, known)
    return gap.join(words)
