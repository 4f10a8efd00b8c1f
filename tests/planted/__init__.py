"""Bugs that were put in on purpose: `make planted` shows that each is caught, and by which test."""
