"""Every port in memory: small and obviously right, so that the others can be read against it; for tests."""
