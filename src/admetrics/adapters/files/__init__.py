"""Files: sources that read them, dimension tables, and the files that users get."""
