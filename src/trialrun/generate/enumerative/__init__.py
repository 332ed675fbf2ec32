"""Programs from examples without a model: bottom-up enumeration of typed expressions, deduplicated by behaviour.

`language/` would be too grand a word: `terms.py` (expressions), `operators*.py` (what they are made of), `bank.py`
(enumeration), `iterate.py` (comprehensions), `goals.py` and `lists.py` (from wanted values to terms), `search.py`
(all of it on one task), `inputs.py` (what to ask next). The method is `generate/bottom_up.py`.

Sources: Udupa et al. 2013 (TRANSIT: dedupe by behaviour), Alur et al. 2017 (EUSolver: decision lists over terms that
are right on some examples), Jha et al. 2010 (distinguishing inputs).

Leaves out: loops with state, recursion, classes, regular expressions.
"""
