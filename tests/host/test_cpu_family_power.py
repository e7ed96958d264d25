"""CPUs whose names do not give the model: their numbers give the family."""

import pytest

from greenlab.sensors.models import cpu
from greenlab.host.cpu_family_power import UNKNOWN_W_PER_THREAD, _AMD, _ARM, _INTEL, family
from greenlab.host.machine import look
from tests.simulated import Machine

X86 = """processor : 0
vendor_id : {}
cpu family : {}
model : {}
model name : {}
stepping : {}
flags : fpu hypervisor
"""
ARM = """processor : 0
BogoMIPS : 243.75
Features : fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics
CPU implementer : {}
CPU architecture: 8
CPU variant : 0x1
CPU part : {}
CPU revision : 1
"""


def machine(cpuinfo, system=""):
    found = Machine(guest=True)
    found.files["/proc/cpuinfo"] = cpuinfo
    found.files["/sys/class/dmi/id/sys_vendor"] = system
    return found


@pytest.mark.parametrize(
    ("vendor", "number", "model", "stepping", "name", "expected"),
    [
        ("GenuineIntel", 6, 79, 0, "Intel(R) Xeon(R) CPU @ 2.20GHz", "Xeon v4"),
        ("GenuineIntel", 6, 85, 3, "Intel(R) Xeon(R) CPU @ 2.00GHz", "Xeon Skylake"),
        ("GenuineIntel", 6, 85, 7, "Intel(R) Xeon(R) CPU @ 2.80GHz", "Xeon Cascade Lake"),
        ("GenuineIntel", 6, 85, 11, "Intel(R) Xeon(R) Processor", "Xeon Cooper Lake"),
        ("GenuineIntel", 6, 106, 6, "Intel(R) Xeon(R) CPU @ 2.60GHz", "Xeon Ice Lake"),
        ("AuthenticAMD", 23, 49, 0, "AMD EPYC-Rome Processor", "EPYC 7002"),
        ("AuthenticAMD", 25, 1, 1, "AMD EPYC-Milan Processor", "EPYC 7003"),
        ("AuthenticAMD", 25, 17, 1, "AMD EPYC", "EPYC 9004"),
        ("GenuineIntel", 6, 142, 10, "Intel Core Processor", None),
        ("AuthenticAMD", 15, 6, 1, "QEMU Virtual CPU version 2.5+", None),
    ],
)
def test_clouds_that_hide_the_model(vendor, number, model, stepping, name, expected):
    host = machine(X86.format(vendor, number, model, name, stepping))
    found = family(look(host))
    assert (found.name if found else None) == expected
    (power,) = cpu.find(host).sources
    assert power.tier == "assumed"
    watts = found.w_per_thread if found else UNKNOWN_W_PER_THREAD
    assert power.curve.full_w == watts
    assert (expected or "family") in power.device or expected is None


@pytest.mark.parametrize(
    ("implementer", "part", "system", "name", "known"),
    [
        ("0x41", "0xd08", "Amazon EC2", "AWS Graviton", True),
        ("0x41", "0xd0c", "Amazon EC2", "AWS Graviton2", True),
        ("0x41", "0xd40", "Amazon EC2", "AWS Graviton3", True),
        ("0x41", "0xd4f", "Amazon EC2", "AWS Graviton4", True),
        ("0x41", "0xd0c", "Google", "Neoverse N1", True),
        ("0x41", "0xd49", "Microsoft Corporation", "Neoverse N2", True),
        ("0xc0", "0xac3", "", "AmpereOne", True),
        ("0x61", "0x022", "", "Apple M1", True),
        ("0x41", "0xfff", "", "", False),
        ("nonsense", "", "", "", False),
    ],
)
def test_arm_kernels_give_no_name(implementer, part, system, name, known):
    host = machine(ARM.format(implementer, part), system)
    facts = look(host)
    assert facts.name == name
    assert (family(facts) is not None) is known
    (power,) = cpu.find(host).sources
    assert power.curve.full_w.low > 0


def test_every_family_has_a_sane_interval():
    rows = [row[-1] for row in (*_AMD, *_INTEL)] + list(_ARM.values())
    for row in rows:
        assert 0 < row.w_per_thread.low < row.w_per_thread.mid < row.w_per_thread.high <= 12
