"""Settling: a window's energy is corrected once later readings are in.

At the end of a cell some counters have not yet shown all of its energy: slow ones update after
it, GPUs lag, and some stall. The figure is settled when nothing later can change it any more.
"""
