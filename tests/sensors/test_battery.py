"""The battery as a check: watts of the whole machine, or nothing."""

import pytest

from greenlab.sensors import battery
from tests.simulated import Machine


def machine_with(**supplies):
    machine = Machine()
    for name, files in supplies.items():
        for file, content in files.items():
            machine.files[f"/sys/class/power_supply/{name}/{file}"] = str(content)
    return machine


PACK = {"type": "Battery", "status": "Discharging"}
BY_POWER = PACK | {"power_now": 12_300_000}
BY_CURRENT = PACK | {"current_now": -1_500_000, "voltage_now": 11_400_000}
MAINS = {"type": "Mains", "online": 1}


@pytest.mark.parametrize(
    ("supplies", "watts"),
    [
        ({"BAT0": BY_POWER}, 12.3),
        ({"BAT0": BY_CURRENT}, 17.1),
        ({"AC": MAINS, "BAT0": BY_POWER, "BAT1": BY_POWER}, 24.6),
        ({"BAT0": BY_POWER, "BAT1": BY_POWER | {"status": "Full"}}, 12.3),
        ({"BAT0": BY_POWER | {"status": "Charging"}}, None),
        ({"BAT0": PACK}, None),
        ({"BAT0": PACK | {"power_now": "n/a"}}, None),
        ({"BAT0": PACK | {"power_now": 0}}, None),
        ({"BAT0": BY_POWER, "BAT1": PACK}, None),
        ({"hid-mouse": BY_POWER | {"scope": "Device"}}, None),
        ({}, None),
    ],
)
def test_what_it_gives(supplies, watts):
    assert battery.discharge_w(machine_with(**supplies)) == (watts and pytest.approx(watts))


def test_a_mouse_s_battery_is_none_of_the_machine_s():
    assert not battery.has_battery(machine_with(mouse=BY_POWER | {"scope": "Device"}, AC=MAINS))
    assert battery.has_battery(machine_with(BAT0=PACK))
