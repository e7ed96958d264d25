"""CPU families: what stays known of a processor whose name does not give its model.

Clouds hide the model ("Intel Xeon CPU @ 2.20GHz", "AMD EPYC"), and Arm kernels give no name
at all. Family, model and stepping, or Arm's implementer and part, still name the family.
A row's watts are those of one busy hardware thread at full load, memory and board not
counted: in the middle the design power of what clouds rent over its threads (in the comment),
at the ends the extremes of the family's list, with the spread of real loads.
Sources: makers' product pages for design power and threads; Linux's
arch/x86/include/asm/intel-family.h and arch/arm64/include/asm/cputype.h for the numbers.
Of Amazon's and Microsoft's own processors no design power is published: theirs is an estimate
from siblings of the same core.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from greenlab.interval import Interval

if TYPE_CHECKING:
    from greenlab.host.machine import Machine

UNKNOWN_W_PER_THREAD: Final = Interval(1.0, 3.0, 8.0)
_ANY: Final = range(16)


class Family(NamedTuple):
    """`name`: as people know it. `w_per_thread`: watts of one busy hardware thread."""

    name: str
    w_per_thread: Interval


# Family, first and last model, steppings.
_AMD: Final = (
    (23, 0x00, 0x0F, _ANY, Family("EPYC 7001", Interval(1.8, 2.8, 8.0))),  # 180 W / 64
    (23, 0x30, 0x3F, _ANY, Family("EPYC 7002", Interval(1.2, 1.9, 6.0))),  # 240 W / 128
    (25, 0x00, 0x0F, _ANY, Family("EPYC 7003", Interval(1.2, 2.2, 7.0))),  # 280 W / 128
    (25, 0x10, 0x1F, _ANY, Family("EPYC 9004", Interval(1.0, 2.0, 6.5))),  # 360 W / 192
    (25, 0xA0, 0xAF, _ANY, Family("EPYC 97x4", Interval(0.8, 1.4, 3.5))),  # 360 W / 256
    (26, 0x00, 0x1F, _ANY, Family("EPYC 9005", Interval(0.8, 1.6, 6.5))),  # 400 W / 256
)
_INTEL: Final = (
    (6, 45, 45, _ANY, Family("Xeon E5", Interval(2.5, 5.0, 10.0))),  # 95 W / 16
    (6, 62, 62, _ANY, Family("Xeon v2", Interval(2.0, 4.5, 9.0))),  # 115 W / 24
    (6, 63, 63, _ANY, Family("Xeon v3", Interval(1.8, 3.3, 8.0))),  # 120 W / 36
    (6, 79, 79, _ANY, Family("Xeon v4", Interval(1.8, 3.3, 8.0))),  # 145 W / 44
    (6, 85, 85, range(5), Family("Xeon Skylake", Interval(1.8, 4.3, 10.0))),  # 240 W / 56
    (6, 85, 85, range(5, 10), Family("Xeon Cascade Lake", Interval(1.8, 4.3, 11.0))),
    (6, 85, 85, _ANY, Family("Xeon Cooper Lake", Interval(1.8, 4.5, 9.0))),  # 250 W / 56
    (6, 106, 108, _ANY, Family("Xeon Ice Lake", Interval(1.8, 3.6, 8.0))),  # 270 W / 80
    (6, 143, 143, _ANY, Family("Xeon Sapphire Rapids", Interval(1.6, 3.3, 8.0))),  # 350 / 112
    (6, 207, 207, _ANY, Family("Xeon Emerald Rapids", Interval(1.5, 2.9, 8.0))),  # 350 / 128
    (6, 173, 174, _ANY, Family("Xeon Granite Rapids", Interval(1.2, 2.2, 6.0))),  # 500 / 256
    (6, 175, 175, _ANY, Family("Xeon Sierra Forest", Interval(1.2, 2.1, 4.0))),  # 330 / 144
)
_X86: Final = {"AuthenticAMD": _AMD, "GenuineIntel": _INTEL}

_ARM_LTD, _FUJITSU, _HISILICON, _APPLE, _AMPERE = 0x41, 0x46, 0x48, 0x61, 0xC0
_APPLE_PARTS: Final = (
    # Each chip's small core, then its big one.
    (0x022, "Apple M1"), (0x023, "Apple M1"), (0x024, "Apple M1 Pro"),
    (0x025, "Apple M1 Pro"), (0x028, "Apple M1 Max"), (0x029, "Apple M1 Max"),
    (0x032, "Apple M2"), (0x033, "Apple M2"), (0x034, "Apple M2 Pro"),
    (0x035, "Apple M2 Pro"), (0x038, "Apple M2 Max"), (0x039, "Apple M2 Max"),
)  # fmt: skip
_APPLE_W_PER_THREAD: Final = Interval(1.0, 3.0, 8.0)
_ARM: Final = {
    **{(_APPLE, part): Family(name, _APPLE_W_PER_THREAD) for part, name in _APPLE_PARTS},
    (_ARM_LTD, 0xD03): Family("Cortex-A53", Interval(0.3, 0.8, 1.5)),  # Raspberry Pi 3
    (_ARM_LTD, 0xD08): Family("Cortex-A72", Interval(0.8, 1.8, 4.0)),  # Pi 4, Graviton
    (_ARM_LTD, 0xD0B): Family("Cortex-A76", Interval(1.0, 1.8, 3.5)),  # Raspberry Pi 5
    (_ARM_LTD, 0xD0C): Family("Neoverse N1", Interval(0.8, 2.0, 4.0)),  # Altra: 250 W / 128
    (_ARM_LTD, 0xD40): Family("Neoverse V1", Interval(0.8, 1.8, 4.0)),  # Graviton3
    (_ARM_LTD, 0xD49): Family("Neoverse N2", Interval(0.7, 1.7, 3.5)),  # Cobalt 100, Axion
    (_ARM_LTD, 0xD4F): Family("Neoverse V2", Interval(0.8, 2.3, 4.5)),  # Grace: 250 W / 72
    (_ARM_LTD, 0xD84): Family("Neoverse V3", Interval(0.7, 2.0, 4.5)),
    (_ARM_LTD, 0xD8E): Family("Neoverse N3", Interval(0.7, 1.7, 3.5)),
    (_FUJITSU, 0x001): Family("A64FX", Interval(1.5, 2.8, 4.5)),  # 140-170 W / 48, with HBM
    (_HISILICON, 0xD01): Family("Kunpeng 920", Interval(1.5, 2.8, 4.0)),  # 180 W / 64
    (_AMPERE, 0xAC3): Family("AmpereOne", Interval(1.0, 1.8, 3.5)),  # 350 W / 192
    (_AMPERE, 0xAC4): Family("AmpereOne", Interval(1.0, 1.8, 3.5)),
}
_AMAZON: Final = {0xD08: "Graviton", 0xD0C: "Graviton2", 0xD40: "Graviton3", 0xD4F: "Graviton4"}


def arm_name(implementer: int, part: int, system: str) -> str:
    """The name of an Arm processor from the numbers in /proc/cpuinfo; "" if not known.

    `system`: who built the machine, as the firmware says. Amazon's own go by their own name.
    """
    family = _ARM.get((implementer, part))
    if "amazon" in system.lower() and implementer == _ARM_LTD and part in _AMAZON:
        return f"AWS {_AMAZON[part]}"
    return family.name if family else ""


def family(machine: Machine) -> Family | None:
    """The family of a machine's CPU, `None` if its numbers are not known."""
    for (implementer, part), found in _ARM.items():
        if machine.vendor == f"{implementer:#x}" and machine.model == part:
            return found
    for number, first, last, steppings, found in _X86.get(machine.vendor, ()):
        if machine.family != number or not first <= machine.model <= last:
            continue
        if machine.stepping in steppings:
            return found
    return None
