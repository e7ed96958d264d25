"""The same cell written otherwise: what a rule finds must not depend on it.

Each form takes a cell and the variables after it ran, and gives both anew. Nothing runs
again: the objects are the same, under other names or out of another cell.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from greenlab.cellcode.ipython_syntax import mask

Cell = tuple[str, Mapping[str, Any]]
Form = Callable[[str, Mapping[str, Any], tuple[str, ...]], Cell]


def renamed(source: str, namespace: Mapping[str, Any], _: tuple[str, ...]) -> Cell:
    """Every variable, function and import under another name, and laid out anew."""
    tree = _tree(source)
    fixed = _not_free(tree)
    free = {
        name
        for name in ({*namespace} | _bound(tree)) - fixed
        if not name.startswith("__") and name not in vars(builtins)
    }
    new = {name: f"v{number}_" for number, name in enumerate(sorted(free))}
    text = ast.unparse(ast.fix_missing_locations(_Renamer(new).visit(tree)))
    return text, {new.get(name, name): value for name, value in namespace.items()}


def split(source: str, namespace: Mapping[str, Any], setups: tuple[str, ...]) -> Cell:
    """The cell's imports in a cell before it; or, if it has none, those of the setup in it."""
    tree = _tree(source)
    own = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    if own:
        rows = source.split("\n")
        if any(
            node.lineno == other.lineno
            for node in own
            for other in tree.body
            if node is not other
        ):
            return source, namespace
        gone = {line for node in own for line in range(node.lineno, (node.end_lineno or 0) + 1)}
        kept = [row for number, row in enumerate(rows, 1) if number not in gone]
        return "\n".join(kept), namespace
    above = [
        ast.unparse(node)
        for setup in setups
        for node in _tree(setup).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        and getattr(node, "module", "") != "__future__"
    ]
    return "\n".join([*above, source]), namespace


def adorned(source: str, namespace: Mapping[str, Any], _: tuple[str, ...]) -> Cell:
    """With IPython's lines around it, and a comment and a blank before every statement."""
    starts = {node.lineno for node in ast.walk(_tree(source)) if isinstance(node, ast.stmt)}
    rows = []
    for number, row in enumerate(source.split("\n"), 1):
        if number in starts and not row.lstrip().startswith(_BRANCHES):
            rows += ["", "# a note"]
        rows.append(row)
    return "\n".join(["%%time", "%matplotlib inline", *rows, "", "# the end", ""]), namespace


def nested(source: str, namespace: Mapping[str, Any], _: tuple[str, ...]) -> Cell:
    """All of it under `if True:`."""
    tree = _tree(source)
    within = ast.If(ast.Constant(True), tree.body, [])
    return _unparsed(source, [within]), namespace


def called(source: str, namespace: Mapping[str, Any], _: tuple[str, ...]) -> Cell:
    """In a function that takes the variables it needs as arguments and is called once.

    What it binds stays in it.
    """
    definition, given, left = _function(source, namespace)
    return _unparsed(source, ast.parse(f"{definition}\nwork_({given})").body), left


def earlier(source: str, namespace: Mapping[str, Any], _: tuple[str, ...]) -> Cell:
    """The same function, defined in an earlier cell."""
    definition, given, left = _function(source, namespace)
    return _defined(source, definition, f"work_({given})", dict(left))


def returned(source: str, namespace: Mapping[str, Any], _: tuple[str, ...]) -> Cell:
    """The same, and it gives back what the cell binds: the notebook keeps it under its names."""
    definition, given, left = _function(source, namespace)
    tree = ast.parse(definition)
    made = (types.ModuleType, types.FunctionType, type)
    kept = sorted(
        name
        for name in _bound_by(_tree(source)) & {*namespace}
        if not isinstance(namespace[name], made)
    )
    if not kept or _hides(source):
        return earlier(source, namespace, _)
    names = ", ".join(kept)
    tree.body[0].body += ast.parse(f"def f():\n    return {names}").body[0].body  # type: ignore[attr-defined]
    text = ast.unparse(ast.fix_missing_locations(tree))
    left = {**left, **{name: namespace[name] for name in kept}}
    return _defined(source, text, f"{names} = work_({given})", left)


def method(source: str, namespace: Mapping[str, Any], _: tuple[str, ...]) -> Cell:
    """In a method of an object of an earlier cell, which holds the variables it needs."""
    definition, given, left = _function(source, namespace)
    names = given.split(", ") if given else []
    tree = ast.parse(definition)
    body = _Held(frozenset(names)).visit(tree.body[0])
    body.args.args = [ast.arg("self")]
    init = "".join(f"        self.{name} = {name}\n" for name in names) or "        pass\n"
    text = ast.unparse(ast.fix_missing_locations(tree)).replace("\n", "\n    ")
    definition = (
        f"class Work_:\n    def __init__({', '.join(['self', *names])}):\n{init}    {text}"
    )
    left = dict(left)
    cell, left = _defined(source, definition, "held_.work_()", left)
    if cell != source:
        left["held_"] = left["Work_"](*(left[name] for name in names))
    return cell, left


def main(source: str, namespace: Mapping[str, Any], _: tuple[str, ...]) -> Cell:
    """In a `main()` of an earlier cell, which uses the notebook's variables as they are."""
    definition, _given, left = _function(source, namespace)
    tree = ast.parse(definition)
    tree.body[0].args.args = []  # type: ignore[attr-defined]
    return _defined(source, ast.unparse(tree), "work_()", dict(left))


def imported(source: str, namespace: Mapping[str, Any], _: tuple[str, ...]) -> Cell:
    """The function in a module of the user's, which has the same imports."""
    definition, given, left = _function(source, namespace)
    if _hides(source):
        return source, namespace
    module = types.ModuleType("steps_")
    file = Path("steps_.py").absolute()
    file.write_text(definition, "utf-8")
    linecache.checkcache(str(file))
    made = (types.ModuleType, types.FunctionType, type)
    vars(module).update({n: one for n, one in left.items() if isinstance(one, made)})
    vars(module).update(__name__="steps_", __file__=str(file))
    sys.modules["steps_"] = module
    exec(compile(definition, str(file), "exec"), vars(module))
    return f"steps_.work_({given})", {**left, "steps_": module}


def script(source: str, namespace: Mapping[str, Any], _: tuple[str, ...]) -> Cell:
    """All of it in a file that `%run` ran: the notebook has its variables."""
    if _hides(source):
        return source, namespace
    file = Path("script_.py").absolute()
    file.write_text(source, "utf-8")
    linecache.checkcache(str(file))
    return "%run script_.py", namespace


def _function(source: str, namespace: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any]]:
    """The cell as a function `work_`, what it is given, and the variables but its own."""
    tree = _tree(source)
    bound = _bound(tree)
    made = (types.ModuleType, types.FunctionType, type)
    free = {name for name, value in namespace.items() if not isinstance(value, made)} - bound
    read = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & free)
    given = ", ".join(read)
    function = ast.parse(f"def work_({given}):\n    pass")
    function.body[0].body = tree.body or [ast.Pass()]  # type: ignore[attr-defined]
    left = {name: value for name, value in namespace.items() if name not in bound}
    return ast.unparse(ast.fix_missing_locations(function)), given, left


def _defined(source: str, definition: str, call: str, names: dict[str, Any]) -> Cell:
    """A cell that defines, and then the one that calls; a cell with IPython's lines stays."""
    if _hides(source):
        return source, names
    file = f"/tmp/ipykernel_corpus/{abs(hash(definition))}.py"
    rows = [f"{row}\n" for row in definition.split("\n")]
    linecache.cache[file] = (len(definition), None, rows, file)
    exec(compile(definition, file, "exec"), names)
    return call, names


def _hides(source: str) -> bool:
    masked = mask(source)
    return masked is None or bool(masked.hidden)


class _Held(ast.NodeTransformer):
    """Reads of these names become reads of the object's attributes."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> Any:
        if node.id in self.names and isinstance(node.ctx, ast.Load):
            return ast.Attribute(ast.Name("self", ast.Load()), node.id, ast.Load())
        return node


FORMS: Final[Mapping[str, Form]] = {
    "renamed": renamed, "split": split, "adorned": adorned, "nested": nested, "called": called,
    "earlier": earlier, "returned": returned, "method": method, "main": main, "imported": imported, "script": script,
}  # fmt: skip
# In these the variables that the cell makes are not there to be looked at.
HIDING: Final = ("called", "earlier", "returned", "method", "main", "imported")
_BRANCHES: Final = ("elif", "else", "except", "finally", "case")


def _unparsed(source: str, body: list[Any]) -> str:
    """The source of these statements; of what has lines of IPython's, it is left as it is."""
    masked = mask(source)
    if masked is None or masked.hidden or not body:
        return source
    return ast.unparse(ast.fix_missing_locations(ast.Module(body, [])))


def _tree(source: str) -> ast.Module:
    masked = mask(source)
    assert masked is not None, source
    return ast.parse(masked.text)


def _bound_by(tree: ast.Module) -> set[str]:
    """The names that the statements of a cell bind, not those of its functions."""
    own = [one for one in tree.body if not isinstance(one, (ast.FunctionDef, ast.ClassDef))]
    names: set[str] = set()
    for statement in own:
        inner = {
            name
            for node in ast.walk(statement)
            if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp))
            for part in node.generators
            for name in _bound(part.target)
        }
        names |= _bound(statement) - inner
    return names


def _bound(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.alias) and node.name != "*":
            names.add(node.asname or node.name)
    return names


def _not_free(tree: ast.AST) -> set[str]:
    """Names that mean something outside of the cell: keywords, attributes, dotted imports."""
    names = {
        word.arg
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for word in node.keywords
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {
                alias.name.partition(".")[0]
                for alias in node.names
                if "." in alias.name and not alias.asname
            }
        elif isinstance(node, ast.ClassDef):
            for part in node.body:
                names |= _bound(part) if not isinstance(part, ast.FunctionDef) else {part.name}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            names |= set(node.names)
    return {name for name in names if name}


class _Renamer(ast.NodeTransformer):
    def __init__(self, new: Mapping[str, str]) -> None:
        self.new = new

    def _name(self, node: Any, field: str) -> Any:
        self.generic_visit(node)
        setattr(node, field, self.new.get(getattr(node, field), getattr(node, field)))
        return node

    def visit_Name(self, node: ast.Name) -> Any:
        return self._name(node, "id")

    def visit_arg(self, node: ast.arg) -> Any:
        return self._name(node, "arg")

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        return self._name(node, "name")

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        return self._name(node, "name")

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        return self._name(node, "name")

    def visit_alias(self, node: ast.alias) -> Any:
        name = node.asname or node.name
        if name in self.new:
            node.asname = self.new[name]
        return node
