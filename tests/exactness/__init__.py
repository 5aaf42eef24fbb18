"""Reads after writes across processes: what one process acknowledged, every other answers at once."""
