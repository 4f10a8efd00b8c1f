"""The reference engine, in plain Python, over any lake."""
