"""What libraries warned of, read from where Python itself notes it.

Python keeps each warning that it has shown in a `__warningregistry__` of the module it is
about: the user's namespace, or the library's. Reading those hooks nothing and changes nothing.
What a filter hides or a library only logs is not noted there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, Final

# Where libraries' warnings lie that are not about a line of the user's.
MODULES: Final = (
    "pandas.core.frame",
    "sklearn.base",
    "sklearn.model_selection._search",
    "sklearn.utils.parallel",
    "torch.optim.lr_scheduler",
    "torch.utils.checkpoint",
    "torch.utils.data.dataloader",
    "transformers.generation.utils",
    "transformers.pipelines.base",
)
MOST_CODES: Final = 1_000


class Heard:
    """The warnings of one kernel, by the code that was running when they came up.

    Python shows a warning once per place. So what came up in an earlier run of the same code
    counts for its later runs as well.
    """

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace
        self._known = set(self._noted())
        self._by_code: dict[str, tuple[str, ...]] = {}

    def after(self, code: str) -> tuple[str, ...]:
        """A cell ended; `code` stands for its source. What it, or an earlier run, led to."""
        now = tuple(self._noted())
        new = [text for module, text, line in now if (module, text, line) not in self._known]
        self._known = set(now)
        every = tuple(dict.fromkeys((*self._by_code.pop(code, ()), *new)))
        if every:
            self._by_code[code] = every
            if len(self._by_code) > MOST_CODES:
                del self._by_code[next(iter(self._by_code))]
        return every

    def _noted(self) -> Iterator[tuple[str, str, int]]:
        """Module, text and line of every warning on record; `""` is the user's own."""
        places = {"": self._namespace, **{name: _globals(name) for name in MODULES}}
        for name, place in places.items():
            registry = place.get("__warningregistry__")
            # Each key is a text, a category and a line; "version" stands among them.
            for key in list(registry) if type(registry) is dict else ():
                if type(key) is tuple and len(key) == 3 and type(key[0]) is str:
                    yield name, key[0], key[2]


def _globals(name: str) -> Mapping[str, Any]:
    if name not in sys.modules:
        return {}
    from greenlab.cellcode.introspect import is_a, loaded_module

    module = loaded_module(name)
    return vars(module) if is_a(module, ModuleType) else {}
