"""The software of this process, as far as it is loaded: nothing is imported to ask."""

from __future__ import annotations

import platform
import sys
from typing import Final

NAMES: Final = (
    "torch",
    "transformers",
    "lightning",
    "tensorflow",
    "keras",
    "jax",
    "sklearn",
    "xgboost",
    "lightgbm",
    "numpy",
    "scipy",
    "pandas",
    "polars",
)


def loaded() -> dict[str, str]:
    """Names to versions: greenlab, Python, the operating system, and what the user loaded."""
    from greenlab._version import __version__

    found = {
        "greenlab": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
    for name in NAMES:
        version = getattr(sys.modules.get(name), "__version__", None)
        if isinstance(version, str):
            found[name] = version
    return found
