"""The adapters: one package per technology. A driver is imported inside its own package only."""
