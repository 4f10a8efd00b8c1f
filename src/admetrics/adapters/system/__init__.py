"""The wall clock."""
