"""What the children of the tests run: work that weighs itself.

`python weighing_child.py NAME [CPU_SECONDS [WAIT_SECONDS [COMMAND...]]]`: the command runs
while it is weighed.
"""

import subprocess
import sys
import time

import greenlab


def burn(cpu_s):
    until = time.process_time() + cpu_s
    while time.process_time() < until:
        pass


def weigh(name, cpu_s=0.2):
    with greenlab.measure(name):
        burn(cpu_s)


def weigh_until_told(name):
    """Says when it has begun, and ends when a line comes in."""
    with greenlab.measure(name):
        print("begun", flush=True)
        sys.stdin.readline()


if __name__ == "__main__":
    name, cpu_s, wait_s, *command = [*sys.argv[1:], *("", "0.2", "0")[len(sys.argv) - 1 :]]
    time.sleep(float(wait_s))
    with greenlab.measure(name):
        burn(float(cpu_s))
        if command:
            subprocess.run(command, check=True)
