"""Questions about stored figures, and how the answers are written."""
