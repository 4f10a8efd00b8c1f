"""From events to the rows of an hour: what is dirty, what a row is, how it travels, how it is compared."""
