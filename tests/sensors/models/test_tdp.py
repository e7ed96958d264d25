"""Design power by name: real names hit their own row, and never a neighbour's."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.sensors.models.tdp import model_number, plain, table_path, tdp_w
from tests.cpu_clock import on_a_fast_machine_s

REAL = """
15    Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz
15    Intel(R) Core(TM) i5-8250U CPU @ 1.60GHz
15    Intel(R) Core(TM) i7-1065G7 CPU @ 1.30GHz
125   13th Gen Intel(R) Core(TM) i9-13900K
28    Intel(R) Core(TM) Ultra 7 155H
4     Intel(R) Core(TM) m3-7Y30 CPU @ 1.00GHz
130   Intel(R) Core(TM) i7 CPU         920  @ 2.67GHz
65    Intel(R) Core(TM)2 Duo CPU     E8400  @ 3.00GHz
6     Intel(R) N100
10    Intel(R) Celeron(R) N5105 @ 2.00GHz
10    Intel(R) Pentium(R) Silver J5005 CPU @ 1.50GHz
2.5   Intel(R) Atom(TM) CPU N270   @ 1.60GHz
95    Intel(R) Xeon(R) CPU           X5650  @ 2.67GHz
69    Intel(R) Xeon(R) CPU E3-1230 V2 @ 3.30GHz
120   Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz
145   Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz
80    Intel(R) Xeon(R) E-2276G CPU @ 3.80GHz
140   Intel(R) Xeon(R) W-2145 CPU @ 3.70GHz
85    Intel(R) Xeon(R) Silver 4210 CPU @ 2.20GHz
150   Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz
210   Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz
240   Intel(R) Xeon(R) Platinum 8275CL CPU @ 3.00GHz
205   Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz
350   Intel(R) Xeon(R) Platinum 8480+
105   AMD Ryzen 7 5800X 8-Core Processor
45    AMD Ryzen 7 5800H with Radeon Graphics
15    AMD Ryzen 5 3500U with Radeon Vega Mobile Gfx
15    AMD Ryzen 7 PRO 4750U with Radeon Graphics
54    AMD Ryzen 7 7840HS w/ Radeon 780M Graphics
28    AMD Ryzen AI 9 HX 370 w/ Radeon 890M
35    AMD Ryzen 9 6900HS with Radeon Graphics
280   AMD Ryzen Threadripper PRO 5995WX 64-Cores
125   AMD FX(tm)-8350 Eight-Core Processor
95    AMD A10-7850K Radeon R7, 12 Compute Cores 4C+8G
15    AMD A9-9420 RADEON R5, 5 COMPUTE CORES 2C+3G
15    AMD PRO A10-8700B R6, 10 Compute Cores 4C+6G
125   AMD Phenom(tm) II X6 1090T Processor
115   AMD Opteron(tm) Processor 6276
280   AMD EPYC 7763 64-Core Processor
360   AMD EPYC 9654 96-Core Processor
225   AMD EPYC 7R13 Processor
10    Apple M1
105   Apple M2 Ultra
# No row of the table is this CPU.
-     Intel(R) Core(TM) i5-8250 CPU
-     Intel(R) Xeon(R) Platinum 8252C CPU @ 3.80GHz
-     Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz
-     AMD EPYC 7R32
-     AMD EPYC 7B13
-     AMD EPYC 9R14
-     AMD Custom APU 0405
-     Apple M1 Pro
-     Hygon C86 7285 32-core Processor
# Two rows with different watts.
-     AMD Phenom(tm) II X6 1055T Processor
# The name does not give the model.
-     Intel(R) Xeon(R) CPU @ 2.20GHz
-     Intel(R) Xeon(R) Processor @ 2.50GHz
-     Intel(R) Xeon(TM) CPU 2.80GHz
-     Intel(R) Pentium(R) 4 CPU 3.00GHz
-     Intel Xeon Processor (Skylake, IBRS)
-     Intel Xeon E312xx (Sandy Bridge)
-     Intel Core Processor (Broadwell)
-     Genuine Intel(R) CPU 0000 @ 2.20GHz
-     AMD EPYC
-     AMD EPYC-Rome Processor
-     AMD EPYC-Milan-v2 Processor
-     AMD EPYC Processor (with IBPB)
-     AMD Opteron 63xx class CPU
-     AMD Eng Sample: 100-000000053-04_32/20_N
-     QEMU Virtual CPU version 2.5+
-     Common KVM processor
-     Westmere E56xx/L56xx/X56xx (Nehalem-C)
-     ARMv8 Processor rev 0 (v8l)
-     VirtualApple @ 2.50GHz
-     Neoverse N1
-     POWER9, altivec supported
-
"""
CASES = [line.partition(" ") for line in REAL.splitlines() if line and line[0] != "#"]


def rows():
    with table_path().open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.reader(lines) if row[0] != "Name"]


ROWS = rows()


def _words(name):
    return " ".join(word for word in plain(name).split() if word not in ("intel", "amd"))


WATTS = {}
for row in ROWS:
    WATTS.setdefault(_words(row[0]), set()).add(float(row[1]) if row[1].count(".") < 2 else 0)
KNOWN = st.sampled_from([row[0] for row in ROWS]).filter(lambda name: tdp_w(name) is not None)


@pytest.mark.parametrize(("watts", "_", "name"), CASES)
def test_real_names(watts, _, name):
    """Fails when codecarbon moves or renames its table."""
    assert tdp_w(name.strip()) == (None if watts == "-" else float(watts))


@pytest.mark.slow
def test_most_of_the_table_finds_itself_and_the_rest_finds_nothing():
    named = [row for row in ROWS if row[0].split()[0] in ("Intel", "AMD", "Apple")]
    found = [tdp_w(name) for name, _ in named]
    for one, (_, watts) in zip(found, named, strict=True):
        assert one in (None, float(watts) if watts.count(".") < 2 else None)
    assert sum(one is not None for one in found) > 0.9 * len(named)


FRONT = st.sampled_from(["", "13th Gen ", "Genuine ", "Quad-Core "])
BACK = st.sampled_from(
    ["", " CPU", " CPU @ 2.40GHz", " 16-Core Processor", " w/ Radeon 780M Graphics",
     " with Radeon Vega Mobile Gfx", " APU with Radeon(TM) R5 Graphics"]
)  # fmt: skip


@given(KNOWN, FRONT, BACK)
def test_what_says_nothing_changes_nothing(name, front, back):
    marked = name.replace("Intel", "Intel(R)", 1).replace(" Core ", " Core(TM) ", 1)
    assert tdp_w(front + marked + back) == tdp_w(name)


@given(KNOWN, st.sampled_from("ABCDEHKLMPRSTUXY0123456789"), st.booleans())
def test_another_model_number_is_another_cpu(name, mark, drop):
    number = model_number(plain(name))
    other = number[:-1] if drop else number + mark.lower()
    changed = name.lower().replace(number, other, 1)
    watts = tdp_w(changed)
    assert watts is None or {watts} == WATTS[_words(changed)]


@given(st.text(max_size=60))
def test_any_text_is_answered(name):
    assert tdp_w(name) is None or model_number(plain(name))


def test_a_lookup_is_quick():
    def look_up():
        tdp_w.cache_clear()
        tdp_w("AMD Ryzen 7 5800H with Radeon Graphics")

    assert on_a_fast_machine_s(look_up) < 0.01


def test_without_the_table(monkeypatch):
    from greenlab.sensors.models import tdp

    monkeypatch.setattr(tdp, "table_path", lambda: None)
    tdp_w.cache_clear()
    assert tdp_w("AMD EPYC 7763 64-Core Processor") is None
    tdp_w.cache_clear()
