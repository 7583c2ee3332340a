"""The shell and what rooms share on the page."""
