"""A line of a log becomes an event, or a rejection that says why not."""
