"""What the proofs of the tests work on; their functions have a source, as a notebook's have."""

import os
import random
import sys

import numpy as np


def spin(rounds, size=120):
    """CPU work whose amount is known."""
    values = np.ones((size, size))
    for _ in range(rounds):
        values @ values


def randoms():
    """The states of every global generator."""
    states = [random.getstate(), repr(np.random.get_state(legacy=False))]
    if (torch := sys.modules.get("torch")) is not None:
        states.append(torch.get_rng_state().numpy().tobytes())
    return states


def uses_requests():
    import requests

    return requests


def calls_it():
    return uses_requests()


def recurses(n):
    return n and recurses(n - 1)


class Holder:
    def __init__(self, inner):
        self.inner = inner

    def work(self):
        return spin(1)


class Sender:
    def work(self):
        import socket

        return socket


def overwrite(path):
    with open(path, "w") as file:
        file.write("gone")


TOLD = []


class Tells:
    """Notes in which process its code runs."""

    def __setstate__(self, state):
        TOLD.append("setstate")

    def __getstate__(self):
        return {"a": 1}

    def __eq__(self, other):
        TOLD.append("eq")
        return True

    __hash__ = None


def spin_less(rounds):
    spin(rounds // 3)


def in_a_fork(function):
    if (pid := os.fork()) == 0:
        function()
        os._exit(0)
    os.waitpid(pid, 0)
