"""A room's public names, imported on first use: the page must be up before torch is."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


def offer(package: str, **homes: str) -> None:
    """Let `package` offer names that live in its submodules: offer(__name__, trace="trace", Request="trace").

    A function may share its name with its module, as trace.trace does: Python would then put the module in the
    function's place in the package once it is imported, so that one binding is left out.
    """

    class Room(ModuleType):
        def __getattr__(self, name: str) -> Any:
            if name not in homes:
                raise AttributeError(f"module {package!r} has no attribute {name!r}")
            return getattr(import_module(f"{package}.{homes[name]}"), name)

        def __setattr__(self, name: str, value: Any) -> None:
            if not (name in homes and isinstance(value, ModuleType)):
                super().__setattr__(name, value)

    sys.modules[package].__class__ = Room
