"""Part to picture, as a payload for the page; takes arrays and labels, never a model."""
