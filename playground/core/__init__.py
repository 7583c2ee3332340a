"""Numpy and torch; draws nothing, knows no family."""
