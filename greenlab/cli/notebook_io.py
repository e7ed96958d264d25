"""Reading and writing notebook files, no matter which program wrote them.

A cell of `greenlab run` is known by its id, also where the file has none (nbformat before
4.5) or has one twice, as after a merge of two branches: such cells get an id for the run.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from greenlab.cli.errors import UsageError

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")  # nbformat's schema
_WITH_IDS: Final = (4, 5)
# As it is imported, it builds a grammar, which takes seconds. jsonschema would check web
# addresses with it; no part of a notebook is one.
_SLOW_CHECKER: Final = "rfc3987_syntax"


@dataclass(frozen=True, slots=True)
class CodeCell:
    """`index`: among all cells. `id`: of this cell alone. `id_in_file`: `None` where it has
    none that tells it from the others.
    """

    index: int
    id: str
    id_in_file: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook of format 4, in the minor version of its file, and its code cells."""

    node: Any
    code_cells: tuple[CodeCell, ...]

    def text(self) -> str:
        """As a file holds it, valid or not: what was read is written."""
        from nbformat.v4 import writes_json

        content: str = writes_json(self.node)  # type: ignore[no-untyped-call]
        return f"{content}\n"


def read_notebook(path: Path) -> Notebook:
    """Open a notebook.

    Raises:
        UsageError: there is no such file, or it is no notebook.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}") from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from None
    if raw.endswith(b"\0") and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UsageError(
            f"{path} is not a notebook (it ends in NUL bytes, as after a crash or a full disk: "
            "restore it from .ipynb_checkpoints or a backup)"
        )
    try:
        return _parsed(raw)
    except ModuleNotFoundError:  # nbformat itself is not installed
        raise
    except Exception as error:  # noqa: BLE001 - a broken file breaks nbformat in many ways
        json_ = isinstance(error, UnicodeDecodeError) or type(error).__name__ == "NotJSONError"
        what = "it is not JSON" if json_ else str(error).partition("\n")[0]
        raise UsageError(f"{path} is not a notebook ({what})") from None


def _parsed(raw: bytes) -> Notebook:
    """The notebook in a file's bytes, with or without a byte order mark."""
    with _kept_out(_SLOW_CHECKER):
        import nbformat
        from nbformat import reader

    text = raw.decode(json.detect_encoding(raw))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old notebooks lack cell ids, which is no fault
        node = reader.reads(text)  # type: ignore[no-untyped-call]
        version = node["nbformat"], node.get("nbformat_minor", 0)
        node = nbformat.convert(node, 4)  # type: ignore[no-untyped-call]
        ids = list(_ids(node.cells, in_file=version[0] == 4))
        kept = [cell.pop("id", None) for cell in node.cells]
        minor = (4, node.nbformat_minor) >= _WITH_IDS
        for cell, (cell_id, _) in zip(node.cells, ids, strict=True):
            if minor:
                cell["id"] = cell_id
        nbformat.validate(node)
        if not minor:  # some tools write ids into older versions: they stay
            for cell, cell_id in zip(node.cells, kept, strict=True):
                if cell_id is not None:
                    cell["id"] = cell_id
    return Notebook(
        node,
        tuple(
            CodeCell(index, *ids[index], cell.source)
            for index, cell in enumerate(node.cells)
            if cell.cell_type == "code"
        ),
    )


@contextlib.contextmanager
def _kept_out(module: str) -> Iterator[None]:
    """A module that is not loaded yet cannot be imported meanwhile."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]


def _ids(cells: list[Any], *, in_file: bool) -> Iterator[tuple[str, str | None]]:
    """Of each cell an id that no other has, and that of the file."""
    taken = {cell.get("id") for cell in cells if isinstance(cell.get("id"), str)}
    seen = set()
    for cell in cells:
        own = cell.get("id") if in_file else None
        if isinstance(own, str) and _ID.fullmatch(own) and own not in seen:
            seen.add(own)
            yield own, own
        else:
            while (made := secrets.token_hex(4)) in taken:
                pass
            taken.add(made)
            yield made, None
