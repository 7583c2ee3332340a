"""For all tests: nothing leaves the machine, and torch keeps to one thread as it does in the app."""

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("OMP_NUM_THREADS", "1")
