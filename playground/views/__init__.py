"""Part to picture: the only plotly and bertviz; takes arrays and labels, never a model."""
