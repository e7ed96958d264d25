"""Cells that run one after the other as IPython runs them, without a kernel.

Each has a file name of its own that `linecache` knows, so that its functions can be found.
"""

from __future__ import annotations

import linecache

from greenlab.advice import Signals, advise
from greenlab.cellcode.ipython_syntax import mask
from greenlab.cellcode.reached import reached
from greenlab.cellcode.source_hash import source_hash
from greenlab.cellcode.parsed_source import SourceText, Texts
from greenlab.record import Figure, Place

ENERGY = Figure.within(540.0, 500.0, 600.0, level=0.95, tier="modelled")
HEAVY = Signals(12.0, ENERGY, cpu_s=20.0)


class Notebook(Texts):
    """`names` are its variables; its cells are called `cell 1`, `cell 2` and so on."""

    def __init__(self):
        self.names = {"__name__": "__main__"}
        self.sources = []

    def cell(self, source):
        """Run one."""
        self.sources.append(source)
        masked = mask(source)
        self.names.update({f"{masked.stand_in}{n}_": 0 for n in range(len(masked.hidden))})
        file = self._file(len(self.sources))
        rows = [f"{row}\n" for row in masked.text.split("\n")]
        linecache.cache[file] = (len(masked.text), None, rows, file)
        exec(compile(masked.text, file, "exec"), self.names)
        return source

    def reach(self, source):
        """Run a cell, and give what it reached."""
        return reached(self.cell(source), self.names, self)

    def advise(self, source, signals=HEAVY):
        """Run a cell, and say what advice it gets."""
        self.cell(source)
        return self.advice(signals)

    def advice(self, signals=HEAVY):
        """What advice the last cell gets."""
        source, number = self.sources[-1], len(self.sources)
        return advise(
            source,
            self.names,
            signals,
            cell_id=f"cell {number}",
            cell_index=number - 1,
            execution_count=number,
            source_hash=source_hash(source),
            texts=self,
        )

    def of(self, function):
        file = function.__code__.co_filename
        for number in range(1, len(self.sources) + 1):
            if file == self._file(number):
                return self._text(number)
        return super().of(function)

    def cells(self):
        return [self._text(number) for number in range(len(self.sources), 0, -1)]

    def close(self):
        for number in range(1, len(self.sources) + 1):
            linecache.cache.pop(self._file(number), None)

    def _file(self, number):
        return f"/tmp/ipykernel_{id(self)}/{number}.py"

    def _text(self, number):
        source = self.sources[number - 1]
        return SourceText(source, Place(f"cell {number}", number, source_hash(source)))
