"""Real processes that are killed at every effect of the services; what they leave behind must be fixed by the next."""
