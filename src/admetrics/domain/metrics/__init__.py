"""What is counted, summed and divided: `catalog.py` says it, everything else reads it or is generated from it."""
