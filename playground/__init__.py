"""A playground that shows how neural networks work by running real ones."""
