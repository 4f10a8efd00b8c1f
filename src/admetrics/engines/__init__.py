"""Engines that are no technology: the plain one, and the one that chooses between two."""
