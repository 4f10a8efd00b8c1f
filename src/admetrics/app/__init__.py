"""The services: short functions over ports, which they take as keyword arguments."""
