"""ISO 3166-1: a country by its two letters, three letters or name.

The table is pycountry's JSON file. pycountry itself takes 50 ms to import.
"""

from __future__ import annotations

import functools
import json
import unicodedata
from importlib.util import find_spec
from pathlib import Path

from greenlab import optional_dependencies
from greenlab.carbon.codecarbon_files import DataMoved
from greenlab.lazy_dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """`alpha2` "FR", `alpha3` "FRA", `name` "France"."""

    alpha2: str
    alpha3: str
    name: str


def key(text: str) -> str:
    """A name as it is compared: no case, accents, punctuation or doubled spaces."""
    plain = unicodedata.normalize("NFKD", text)
    kept = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(kept.casefold().split())


@functools.cache
def _table() -> dict[str, Country]:
    if why := optional_dependencies.absent("pycountry", "knows the country codes"):
        raise DataMoved(why)
    spec = find_spec("pycountry")
    if spec is None or spec.origin is None:  # a folder of that name, and no package
        raise DataMoved("the folder of pycountry was not found")
    path = Path(spec.origin).parent / "databases" / "iso3166-1.json"
    try:
        rows = json.loads(path.read_bytes())["3166-1"]
    except (OSError, ValueError, KeyError) as error:
        raise DataMoved(f"the country codes in {path} cannot be read: {error}") from error
    table = {}
    for row in rows:
        country = Country(row["alpha_2"], row["alpha_3"], row.get("common_name") or row["name"])
        for field in ("alpha_2", "alpha_3", "name", "common_name", "official_name"):
            if field in row:
                table[key(row[field])] = country
    return table


def find(text: str) -> Country | None:
    """The country of a code or name, or `None`.

    Raises:
        DataMoved: the table cannot be read.
    """
    return _table().get(key(text))
