"""The rules of the product, pure: the standard library and attrs only, no I/O, no clock."""
