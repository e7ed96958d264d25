"""Which zone's intensity holds here: the setting, `GREENLAB_ZONE`, the time zone, the world."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from greenlab.carbon import iso_3166, ranking, time_zone
from greenlab.carbon.codecarbon_files import DataMoved
from greenlab.carbon.slots import Span
from greenlab.carbon.sources import SOURCES, countries
from greenlab.record import Intensity
from greenlab.settings import ZONE

_NEAR: Final = 0.8
"""Likeness from which on a name is mistyped: `Frnace` is 0.83 France, Narnia 0.77 Armenia."""

LONGEST: Final = 64
"""Characters of a zone's name that are used: it is stored in every record."""

_EXAMPLES: Final = "FR, US-CA, CA-QC, SE3 or WORLD"


def resolve(zone: str = "") -> Intensity:
    """The intensity of electricity here, in gCO2e/kWh, without the network.

    The zone is the argument, else the variable `GREENLAB_ZONE`, else guessed from the time
    zone, else the world. A guess has tier `assumed` and says so. A zone that is named but
    not known has value `None` and a reason: no other zone's figure takes its place.
    """
    zone = zone.strip()[:LONGEST]
    try:
        if zone:
            return _named(zone, "the zone setting")
        if variable := ZONE.text[:LONGEST]:
            return _named(variable, ZONE.name)
        return _guessed()
    except (DataMoved, LookupError, TypeError, OSError, ValueError) as error:
        return ranking.missing(zone or "unknown", f"no grid figures: {error}")


def _named(zone: str, setting: str) -> Intensity:
    found = ranking.find(zone)
    if len(found) == 1:
        return _now(found[0].code)
    if found:
        codes = " or ".join(f"{hit.code} ({hit.name})" for hit in found)
        why = f"{zone} is more than one zone: write {codes} in {setting}"
        return ranking.missing(zone, why)
    why = f"zone {zone} is unknown: in {setting}, {_suggestion(zone)}"
    return ranking.missing(zone, why)


def _now(code: str) -> Intensity:
    """The intensity of a zone at this moment."""
    return ranking.at(code, Span.now())[0].intensity


def _suggestion(zone: str) -> str:
    """What to write instead: the country of an unknown region, or the nearest codes."""
    country = iso_3166.find(zone.partition("-")[0]) if "-" in zone else None
    if country is not None:
        return f"write {country.alpha2} for {country.name}, or a zone such as {_EXAMPLES}"
    codes = [code for source in SOURCES for code in source.zones()]
    # Any word of three letters is near some code of two.
    names = {iso_3166.key(code): code for code in codes if len(code) > 2}
    for code in codes:
        for hit in ranking.find(code)[:1]:
            name = iso_3166.key(hit.name)
            names |= {name: hit.code, name.removesuffix(" usa"): hit.code}
    import difflib  # only a wrong name needs it

    near = difflib.get_close_matches(iso_3166.key(zone), names, n=3, cutoff=_NEAR)
    if near:
        return f"did you mean {' or '.join(dict.fromkeys(names[name] for name in near))}?"
    return f"write an ISO code such as {_EXAMPLES}"


def _guessed() -> Intensity:
    name = time_zone.time_zone()
    code = time_zone.country_of(name) if name else None
    if code is not None:
        found = _now(code)
        if found.value is not None:
            return replace(found, tier="assumed", guess=f"guessed from the time zone {name}")
    if name is None:
        why = "this machine has no named time zone"
    elif code is None:
        why = f"the time zone {name} names no country"
    else:
        why = f"the time zone {name} is in a country without a published figure"
    guess = f"the world's average, because {why}; set {ZONE.name} to name the zone"
    return replace(countries.world(), tier="assumed", guess=guess)
