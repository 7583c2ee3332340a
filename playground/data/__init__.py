"""Seeded readers: points, corpora, images."""
