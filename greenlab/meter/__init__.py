"""What a cell used: windows, intervals that hold, and whose joules they are."""

from greenlab.meter.measurement import Measurement
from greenlab.meter.meter import Meter
from greenlab.meter.window import Window

__all__ = ["Measurement", "Meter", "Window"]
