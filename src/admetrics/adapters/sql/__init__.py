"""The warehouse, the bus, the checkpoints and the dimensions on SQL databases, by SQLAlchemy."""
