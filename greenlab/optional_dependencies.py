"""Packages that greenlab also runs without, where they are not installed: on a worker, in CI.

What needs one of them imports it where it is used, and says here which one to install.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Final

REQUIREMENTS: Final = {
    "IPython": "ipykernel",
    "codecarbon": "'codecarbon>=3.3,<3.4'",
    "comm": "ipykernel",
    "ipykernel": "ipykernel",
    "ipywidgets": "ipywidgets",
    "jupyter_client": "nbclient",
    "libcst": "libcst",
    "nbclient": "nbclient",
    "nbformat": "nbclient",
    "plotly": "plotly",
    "pycountry": "pycountry",
}
"""What to give to pip for a module."""


def absent(module: str, does: str) -> str | None:
    """A sentence where a package is not installed: `libcst, which writes changes, is …`."""
    if find_spec(module) is not None:
        return None
    return f"{module}, which {does}, is not installed: pip install {REQUIREMENTS[module]}"


def how_to_install(error: ImportError) -> str | None:
    """What to install where an import failed for one of them; `None` for any other failure."""
    module = (error.name or "").partition(".")[0]
    if not isinstance(error, ModuleNotFoundError) or module not in REQUIREMENTS:
        return None
    return f"{module} is not installed: pip install {REQUIREMENTS[module]}"


@contextmanager
def needed_for(what: str) -> Iterator[None]:
    """Import in this block what `what` needs.

    Raises:
        ModuleNotFoundError: a package is not installed; the message says what to do.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (text := how_to_install(error)) is None:
            raise
        raise ModuleNotFoundError(f"{what} cannot be had: {text}", name=error.name) from None
