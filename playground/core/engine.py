"""The heavy libraries, imported once and only when needed: the page is up before torch is."""

import os
from threading import Lock

_lock = Lock()


def ready() -> None:
    """Import torch and transformers if nobody has; whoever comes meanwhile waits for it.

    Two threads that import a package with circular imports at the same time may each see half of it: hence one lock.
    """
    with _lock:
        os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
        import torch
        import transformers  # noqa: F401

        # Sixty readers share the machine's cores: one thread per answer gives each a steady share.
        torch.set_num_threads(1)
