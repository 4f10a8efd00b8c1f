"""The rules of the figures, one a file: its meaning in Python and, where a store applies it itself, its SQL beside it.

`EXAMPLES` tell a rule from its nearest neighbours. They are part of the contracts in `admetrics.testing`: whatever
implements a rule must agree on each of them.
"""
