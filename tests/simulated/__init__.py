"""A simulated machine whose true energy between any two moments is known in closed form.

In a test, without root, hardware or waiting (time is virtual):

    from greenlab.meter import Meter
    from tests.simulated import Constant, Machine, Package

    machine = Machine(packages=[Package(Constant(40.0))])
    meter = Meter(machine)                      # a Machine is a greenlab.sensors.Host
    window = meter.start()
    machine.work(0.2, own=1.0, others=0.5)      # 0.2 s pass, 1.5 CPUs are busy
    result = meter.stop(window)
    truth = machine.packages[0].energy_j(window.begin.at, window.end.at)

Faults are switched at any time: `package.faults.denied = True`, likewise `vanished`,
`stalled`, `garbage`; `package.reset()`, `package.jump()`, `package.stall(2.0)` (with
`catch_up=False` the energy is lost); `machine.suspend(3600)`, `machine.set_clock(-3600)`,
`machine.pause(3, 0.05)`, `machine.appear(package)`. A `Gpu` may be `lost`, slow
(`answers_in_s`), shy (`shows_processes=False`) or start again (`energy_offset_j`).
`Machine(psys=True, mmio=True, mirrored=True, shuffled=True)` adds zones that must not be
counted. `Machine(gpus=[Gpu(Constant(300.0))])` serves a fake NVML. `devices.py` adds perf
events, AMD and Intel GPUs, Grace, Jetson and a Mac.

`watched(machine, meter, 2.0, own=1)` lets time pass as in an open window, with all the readings
that the meter's own thread makes in real time.

With a real kernel, in real time: a folder that stands for `/`, its counters rewritten every
millisecond by a thread of the test (or by `python -m tests.simulated.tree DIR`):

    from tests.simulated.tree import ServedTree

    with ServedTree(tmp_path, watts=40.0) as tree:
        env = {**os.environ, "GREENLAB_SYSROOT": str(tree.root)}
        # start a kernel with `env`; tree.energy_j(t0, t1) is the truth between two
        # `time.monotonic()` values (the clock is the same in every process of a machine)
"""

from tests.simulated.gpu import FakeNvml, Gpu, Instance
from tests.simulated.machine import Machine, Package, watched
from tests.simulated.traces import Constant, Proportional, Ramp, Spikes, Square, Trace

__all__ = [
    "Constant",
    "FakeNvml",
    "Gpu",
    "Instance",
    "Machine",
    "Package",
    "Proportional",
    "Ramp",
    "Spikes",
    "Square",
    "Trace",
    "watched",
]
