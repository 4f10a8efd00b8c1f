"""A job market that never was: records, dimensions and budgets to try everything on."""
