"""An engine that is two: one in this process for little work, one elsewhere for much."""
