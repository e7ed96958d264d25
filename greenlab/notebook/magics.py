"""`%energy`, `%%energy` and `%greenlab`, registered by name so that they can be taken back."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from greenlab.measuring import status_of
from greenlab.notebook import cuda, header, options
from greenlab.notebook.commands import COMMANDS
from greenlab.record import Repeat, display
from greenlab.session import enclose

if TYPE_CHECKING:
    from greenlab.notebook.extension import Extension


class GreenlabMagics:
    """The magics of one shell."""

    def __init__(self, shell: Any, extension: Extension) -> None:
        self._shell = shell
        self._extension = extension
        self._names: list[tuple[str, str]] = []

    def register(self) -> None:
        """Make the magics known."""
        self._add("line", "energy", self.energy_line)
        self._add("cell", "energy", self.energy_cell)
        self._add("line", "greenlab", self.greenlab)

    def unregister(self) -> None:
        """Forget them."""
        for kind, name in self._names:
            self._shell.magics_manager.magics[kind].pop(name, None)
        self._names.clear()

    def energy_line(self, line: str) -> Any:
        """`%energy [options] STATEMENT`: weigh one statement; gives its value."""
        try:
            chosen = options.parse(line, statement=True)
        except options.OptionError as error:
            raise UsageError(str(error).replace("%%energy", "%energy")) from None
        if not chosen.rest or chosen.rest.startswith("#"):
            raise UsageError("%energy needs a statement behind it, as in %energy model.fit(X)")
        return self._weigh(chosen, chosen.rest)

    def energy_cell(self, line: str, cell: str) -> Any:
        """`%%energy` below another magic, or with options that do not parse."""
        try:
            chosen = options.parse(line)
        except options.OptionError as error:
            raise UsageError(str(error)) from None
        if header.empty(cell):
            raise UsageError(header.NOTHING_BELOW)
        if chosen.compare is not None:
            fault = self._extension.comparer.fault(chosen)
            raise UsageError(fault or "to compare, make %%energy the first line of the cell")
        return self._weigh(chosen, cell)

    def greenlab(self, line: str) -> None:
        """`%greenlab status | on | off | doctor | report | advice`."""
        words = line.partition("#")[0].split() or ["status"]
        command = COMMANDS.get(words[0])
        if command is None or len(words) > 1:
            raise UsageError(f"%greenlab takes one of: {', '.join(COMMANDS)}")
        command(self._extension)

    def _weigh(self, chosen: options.Options, source: str) -> Any:
        session = self._extension.session
        weighing = session.begin("span", scope=chosen.scope, precise=chosen.precise)
        leave = enclose(weighing)
        error: BaseException | None = None
        value: Any = None
        try:
            for _ in range(chosen.repeat):
                window = session.meter.start() if chosen.repeat > 1 else None
                value = _evaluate(self._shell, source)
                if window is not None:
                    run = session.meter.stop(window, chosen.scope)
                    weighing.repeats.append(Repeat(run.duration_s, run.energy_j))
        except BaseException as raised:
            error = raised
            raise
        finally:
            if cuda.finish():
                weighing.async_tail = False
            record = session.end(weighing, status_of(error))
            leave()
            if chosen.output:
                self._extension.cells.keep(chosen.output, record)
            if not chosen.quiet:
                self._shell.display_pub.publish(data=display.bundle(record), metadata={})
        return value

    def _add(self, kind: str, name: str, function: Callable[..., Any]) -> None:
        def magic(*args: str) -> Any:
            return function(*args)

        magic.__doc__ = f"{function.__doc__}\n\n{options.help_text()}"
        if name == "greenlab":
            magic.__doc__ = function.__doc__
        self._shell.register_magic_function(magic, magic_kind=kind, magic_name=name)
        self._names.append((kind, name))


def _evaluate(shell: Any, source: str) -> Any:
    """Run source in the user's namespace; the value of a last expression, else `None`.

    Raises:
        UsageError: the source awaits at its top level.
    """
    tree = shell.transform_ast(shell.compile.ast_parse(shell.transform_cell(source)))
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | shell.compile.flags
    parts = [compile(tree, "<energy>", "exec", flags)]
    if last is not None:
        expression = ast.Expression(last.value)
        parts.append(compile(expression, "<energy>", "eval", flags))
    if any(part.co_flags & inspect.CO_COROUTINE for part in parts):
        raise UsageError("to weigh code with await, make %%energy the first line of the cell")
    exec(parts[0], shell.user_global_ns, shell.user_ns)  # noqa: S102  the user's own code
    if last is None:
        return None
    return eval(parts[1], shell.user_global_ns, shell.user_ns)  # noqa: S307
