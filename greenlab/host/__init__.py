"""Facts of the operating system, no joules: machine, clocks, system calls, forks."""
