"""A fast decoder of raw lines, by msgspec."""
