"""`%energy`, `%%energy` and `%greenlab`, registered by name so that they can be taken back."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import needs_local_scope, no_var_expand

from greenlab.measuring import status_of
from greenlab.notebook import cell_magic_line, gpu_finish, options, per_call_sync
from greenlab.notebook.event_loop import after_reply
from greenlab.notebook.per_unit import count_units
from greenlab.record import Repeat, display
from greenlab.session import LinesWanted, enclose

if TYPE_CHECKING:
    from greenlab.meter import Window
    from greenlab.notebook.extension import Extension
    from greenlab.record.cell import Status
    from greenlab.session import OpenWindow

Namespace = dict[str, Any]


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

    def energy_line(self, line: str, scope: Namespace | None = None) -> Any:
        """`%energy [options] STATEMENT`: weigh one statement; gives its value."""
        try:
            chosen = options.parse(line, statement=True)
        except options.OptionError as error:
            raise UsageError(str(error).replace("%%energy", "%energy")) from None
        if not chosen.rest or chosen.rest.startswith("#"):
            raise UsageError("%energy needs a statement behind it, as in %energy model.fit(X)")
        return self._weigh(chosen, chosen.rest, scope)

    def energy_cell(self, line: str, cell: str, scope: Namespace | None = None) -> Any:
        """`%%energy` below another magic, or with options that do not parse."""
        try:
            chosen = options.parse(line)
        except options.OptionError as error:
            raise UsageError(str(error)) from None
        if cell_magic_line.empty(cell):
            raise UsageError(cell_magic_line.NOTHING_BELOW)
        if chosen.compare is not None:
            fault = self._extension.comparer.fault(chosen)
            raise UsageError(fault or "to compare, make %%energy the first line of the cell")
        return self._weigh(chosen, cell, scope)

    def greenlab(self, line: str) -> None:
        """`%greenlab status | on | off | doctor | report | advice`."""
        from greenlab.notebook.magic_commands import COMMANDS

        words = line.partition("#")[0].split() or ["status"]
        command = COMMANDS.get(words[0])
        if command is None or len(words) > 1:
            raise UsageError(f"%greenlab takes one of: {', '.join(COMMANDS)}")
        command(self._extension)

    def _weigh(self, chosen: options.Options, source: str, scope: Namespace | None) -> Any:
        span = _Span(self._extension, chosen, scope)
        span.begin()
        error: BaseException | None = None
        value: Any = None
        try:
            for _ in range(chosen.repeat):
                span.run_begins()
                value = _evaluate(self._shell, source, scope)
                span.run_ended()
        except BaseException as raised:
            error = raised
            raise
        finally:
            span.end(error)
        return value

    def _add(self, kind: str, name: str, function: Callable[..., Any]) -> None:
        # What is weighed is code, in which braces and $ mean what they say.
        @no_var_expand
        @needs_local_scope
        def magic(*args: str, local_ns: Namespace | None = None) -> Any:
            return function(*args) if name == "greenlab" else function(*args, local_ns)

        magic.__doc__ = function.__doc__
        if name == "energy":
            after_reply(_explain, magic)  # `%load_ext` does not wait for it
        self._shell.register_magic_function(magic, magic_kind=kind, magic_name=name)
        self._names.append((kind, name))


def _explain(magic: Callable[..., Any]) -> None:
    """Add the options to what `%%energy?` shows."""
    magic.__doc__ = f"{magic.__doc__}\n\n{options.help_text()}"


class _Span:
    """A statement that is weighed. A fault of ours is noted, and the statement runs all the
    same; an interrupt while it ends reaches the user once the record is made.
    """

    def __init__(
        self, extension: Extension, chosen: options.Options, scope: Namespace | None
    ) -> None:
        self._extension, self._chosen, self._scope = extension, chosen, scope
        self._notes: list[str] = []
        self._session = extension.session
        self._weighing: OpenWindow | None = None
        self._leave: Callable[[], None] | None = None
        self._unsync: Callable[[], None] | None = None
        self._run: Window | None = None
        self._waited = self._counted = self._shown = False

    def begin(self) -> None:
        """Open its window."""
        with self._noting():
            self._weighing = self._session.begin(
                "span",
                scope=self._chosen.scope,
                precise=self._chosen.precise,
                lines=LinesWanted(asked=True) if self._chosen.lines else None,
            )
            self._leave = enclose(self._weighing)
            if self._chosen.sync:
                self._unsync = per_call_sync.begin(self._weighing.watched)

    def run_begins(self) -> None:
        """One of several runs begins."""
        if self._chosen.repeat > 1:
            with self._noting():
                self._run = self._session.meter.start()

    def run_ended(self) -> None:
        """It has ended well."""
        if self._run is not None and self._weighing is not None:
            with self._noting():
                run = self._session.meter.stop(self._run, self._chosen.scope)
                self._weighing.repeats.append(Repeat(run.duration_s, run.energy_j))

    def end(self, error: BaseException | None) -> None:
        """Make its record, and show it."""
        try:
            self._end(error)
        except KeyboardInterrupt as interrupt:
            self._end(error or interrupt)
            raise

    def _end(self, error: BaseException | None) -> None:
        weighing, chosen = self._weighing, self._chosen
        if weighing is None:
            return
        with self._noting():
            if not self._waited:
                self._waited = True
                if gpu_finish.finish():
                    weighing.async_tail = False
                if self._unsync is not None:
                    self._unsync()
            status = status_of(error)
            record = self._session.end(weighing, status, lambda: self._count(weighing, status))
            if chosen.output:
                self._extension.cells.variables.keep(chosen.output, record)
            if not (chosen.quiet or self._shown):
                self._shown = True
                publish = self._extension.shell.display_pub.publish
                publish(data=display.bundle(record, self._notes), metadata={})
        if self._leave is not None:
            self._leave()

    def _count(self, weighing: OpenWindow, status: Status) -> None:
        """What `--per` asks for, once the window is closed."""
        if self._chosen.per and not self._counted:
            self._counted = True
            names = self._extension.shell.user_ns
            names = names if self._scope is None else {**names, **self._scope}
            count_units(self._chosen, names, weighing, status, self._notes)

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001
            self._extension.fault(error)


def _evaluate(shell: Any, source: str, scope: Namespace | None) -> Any:
    """Run source in the user's namespace, or in the scope of the function that calls the magic;
    the value of a last expression, else `None`.

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
        raise UsageError("to measure code with await, make %%energy the first line of the cell")
    names = shell.user_ns if scope is None else scope
    exec(parts[0], shell.user_global_ns, names)  # noqa: S102  the user's own code
    if last is None:
        return None
    return eval(parts[1], shell.user_global_ns, names)  # noqa: S307
