"""The maintained list of robots, crawlers and automation tools (package crawler-user-agents)."""
