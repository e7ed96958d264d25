"""The one place that knows where CodeCarbon keeps its data files.

The files are read without importing codecarbon, which would load pandas and its tracker.
Their paths are no public interface: pyproject.toml pins the range of versions, and
tests/carbon/test_codecarbon_files.py fails when a file moves or changes shape.
"""

from __future__ import annotations

import functools
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from greenlab import optional_dependencies

COUNTRIES: Final = "private_infra/global_energy_mix.json"
US_STATES: Final = "private_infra/2023/usa_emissions.json"
CANADA: Final = "private_infra/2023/canada_energy_mix.json"
CHINA: Final = "private_infra/2023/china_provincial_emissions.json"
NORDIC: Final = "private_infra/nordic_emissions.json"
PER_SOURCE: Final = "private_infra/carbon_intensity_per_source.json"
FILES: Final = (COUNTRIES, US_STATES, CANADA, CHINA, NORDIC, PER_SOURCE)


class DataMoved(Exception):  # noqa: N818 - it says what happened
    """A data file is not where it was, or not in the form it had."""


def folder() -> Path:
    """CodeCarbon's folder of data files.

    Raises:
        DataMoved: codecarbon is not installed.
    """
    if why := optional_dependencies.absent("codecarbon", "has the grid figures"):
        raise DataMoved(why)
    spec = find_spec("codecarbon")
    if spec is None or spec.origin is None:  # a folder of that name, and no package
        raise DataMoved("the folder of codecarbon was not found")
    return Path(spec.origin).parent / "data"


@functools.cache
def read(name: str) -> dict[str, Any]:
    """One of `FILES` as it is.

    Raises:
        DataMoved: the file is absent or is not a JSON object.
    """
    path = folder() / name
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise DataMoved(
            f"the grid figures in {path} cannot be read ({error}): "
            "reinstall with pip install --force-reinstall 'codecarbon>=3.3,<3.4'"
        ) from error
    if not isinstance(content, dict):
        raise DataMoved(f"{path} is not a JSON object: this version of codecarbon is not known")
    return content
