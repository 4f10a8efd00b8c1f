"""The embedded lake, its engine and its dead letters, all in one DuckDB file."""
