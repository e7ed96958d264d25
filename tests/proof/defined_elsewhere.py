"""A user's module: each way of holding a function, which a change of the function must reach.

Every function returns the number of its version; the tests change `1.0  # x` to another.
"""

import contextlib
import functools

from tests.proof.workload import spin

COUNT = []


def plain(rounds=60):
    spin(rounds)
    return 1.0  # plain


def calls_it():
    return plain()


def make(rounds):
    def inner():
        spin(rounds)
        return 1.0  # inner

    return inner


made = make(60)
part = functools.partial(plain, 60)
table = {"plain": plain}


@contextlib.contextmanager
def quietly():
    yield


@quietly()
def decorated():
    spin(60)
    return 1.0  # decorated


@functools.lru_cache
def cached(key):
    spin(60)
    return 1.0  # cached


def remembers(seen=[]):  # noqa: B006
    spin(60)
    seen.append(1)
    return 1.0 * len(seen)  # remembers


for _ in range(4):
    remembers()


class Base:
    def step(self):
        spin(60)
        return 1.0  # base


class Trainer(Base):
    factor = 1.0  # factor

    def __init__(self):
        COUNT.append(1)
        self.rounds = 60
        self.callback = self.step
        self.made_by = 1.0  # init

    def step(self):
        super().step()
        return self.factor * 1.0  # step

    @staticmethod
    def apart():
        spin(60)
        return 1.0  # apart

    @property
    def value(self):
        spin(60)
        return 1.0  # value


trainer = Trainer()


def rows():
    for _ in range(9):
        spin(30)
        yield 1.0  # rows


begun = rows()
next(begun)
first, second = iter(rows()), iter(rows())


if COUNT:

    def chosen():
        spin(60)
        return 1.0  # chosen

else:

    def chosen():
        return 1.0


class Kept:
    def __init__(self):
        self._value = 0.0

    @property
    def value(self):
        spin(60)
        return self._value

    @value.setter
    def value(self, number):
        self._value = number * 1.0  # setter


kept = Kept()
