"""Malformed input: mutated lines in every test run, and coverage-guided fuzzing (`make fuzz`) with a kept corpus."""
