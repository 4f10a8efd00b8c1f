"""Attacks on the product from outside, as a visitor of the site or somebody on the bus could make them."""
