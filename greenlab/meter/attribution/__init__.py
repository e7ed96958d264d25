"""Whose joules: the kernel's share of the CPU time, the idle power and the machine."""
