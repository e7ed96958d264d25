"""The corpus of advice: one file per case, `corpus/<rule>/<name>.py`, and what it says.

CONTRIBUTING.md ("A case for the corpus") has the form. A case says what it is; whether a
change saves is measured (`benchmarks/advice.py`), never written by hand.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

CORPUS: Final = Path(__file__).parent / "corpus"
State = Literal["smell", "fixed", "look-alike", "fix-hurts"]
KEYS: Final = frozenset(
    {"rule", "state", "note", "needs", "signals", "label", "max_drop", "also", "known-failure"}
)
SECTIONS: Final = frozenset({"setup", "cell", "change", "metric"})
_MARKER = re.compile(r"# %%\s*(.*)")
_HEADER = re.compile(r"#\s*([\w-]+)\s*:\s*(.*)")


class CaseError(ValueError):
    """A file of the corpus that is not of the form; the message says where and why."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One judged cell. `cited`: the hardware it speaks of is not here, so nothing measures it.

    `also`: other rules that may fire on it. `known`: why it is judged wrongly today.
    """

    path: Path
    rule: str
    state: State
    note: str
    setups: tuple[str, ...]
    cell: str
    change: str | None = None
    metric: str | None = None
    needs: tuple[str, ...] = ()
    signals: Mapping[str, Any] = field(default_factory=dict)
    cited: bool = False
    max_drop: float = 0.0
    also: frozenset[str] = frozenset()
    known: str | None = None

    @property
    def name(self) -> str:
        """`s01/many_rows`."""
        return f"{self.path.parent.name}/{self.path.stem}"

    def missing(self) -> str | None:
        """Why the case cannot run on this machine, `None` if it can."""
        for need in self.needs:
            if need == "bfloat16":
                if not _computes_bfloat16():
                    return "this CPU does not compute in bfloat16"
            elif importlib.util.find_spec(need) is None:
                return f"{need} is not installed"
        return None

    def digest(self, change: str) -> str:
        """What a measurement of `change` rests on; another digest, and it must be measured."""
        parts = (*self.setups, self.cell, change, self.metric or "", repr(self.max_drop))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def cases(*rules: str) -> tuple[Case, ...]:
    """The cases of these rules, or all, in order of rule and name.

    Raises:
        CaseError: a file is not of the form, or a rule has no cases.
    """
    wanted = {rule.lower() for rule in rules}
    paths = sorted(CORPUS.glob("*/*.py"))
    if unknown := wanted - {path.parent.name for path in paths}:
        raise CaseError(f"no cases in {CORPUS} for {', '.join(sorted(unknown))}")
    return tuple(parse(path) for path in paths if not wanted or path.parent.name in wanted)


def parse(path: Path) -> Case:
    """Read one file.

    Raises:
        CaseError: it is not of the form.
    """
    return read(path.read_text("utf-8"), path)


def read(text: str, path: Path) -> Case:
    """A case from its text; `path` names it in errors and says its rule.

    Raises:
        CaseError: it is not of the form.
    """

    def wrong(why: str) -> CaseError:
        return CaseError(f"{path}: {why}")

    head, sections = _split(text, wrong)
    for key in ("rule", "state", "note"):
        if not head.get(key):
            raise wrong(f"`# {key}: …` is missing")
    if head["rule"].lower() != path.parent.name:
        raise wrong(f"a case of {head['rule']} belongs into {head['rule'].lower()}/")
    if head["state"] not in get_args(State):
        raise wrong(f"state {head['state']!r} is none of {', '.join(get_args(State))}")
    found = {name: [body for kind, body in sections if kind == name] for name in SECTIONS}
    for name in ("cell", "change", "metric"):
        if len(found[name]) > 1:
            raise wrong(f"`# %% {name}` stands there more than once")
    if not found["cell"]:
        raise wrong("`# %% cell` is missing")
    if found["change"] and head["state"] == "fixed":
        raise wrong("a fixed case has no `# %% change`")
    if not found["change"] and head["state"] in ("look-alike", "fix-hurts"):
        raise wrong(f"a {head['state']} case needs `# %% change`")
    signals = _signals(head.get("signals", ""), wrong)
    if head.get("label", "cited") != "cited":
        raise wrong("only `# label: cited` may be written by hand; others are measured")
    case = Case(
        path=path,
        rule=head["rule"],
        state=head["state"],  # type: ignore[arg-type]
        note=head["note"],
        setups=tuple(found["setup"]),
        cell=found["cell"][0],
        change=next(iter(found["change"]), None),
        metric=_metric(next(iter(found["metric"]), None), wrong),
        needs=_words(head.get("needs", "")),
        signals=signals,
        cited="label" in head or any(name.startswith("gpu_") for name in signals),
        max_drop=_number(head.get("max_drop", "0"), wrong),
        also=frozenset(_words(head.get("also", ""))),
        known=head.get("known-failure"),
    )
    if unnamed := sorted(imported(case) - {*case.needs, *sys.stdlib_module_names, "greenlab"}):
        raise wrong(f"imports {', '.join(unnamed)}, which `# needs: …` does not name")
    return case


def imports(case: Case) -> Iterator[ast.Import | ast.ImportFrom]:
    """The import statements of a case, wherever they stand."""
    from greenlab.cellcode.ipython_syntax import mask

    for text in (*case.setups, case.cell, case.change or ""):
        if (masked := mask(text)) is None:
            raise CaseError(f"{case.path}: not Python: {text.splitlines()[:1]}")
        for node in ast.walk(ast.parse(masked.text)):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                yield node


def imported(case: Case) -> set[str]:
    """The libraries that a case imports."""
    tops = set()
    for node in imports(case):
        names = (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
        )
        tops |= {name.partition(".")[0] for name in names}
    return tops


def _split(text: str, wrong: Any) -> tuple[dict[str, str], list[tuple[str, str]]]:
    head: dict[str, str] = {}
    sections: list[tuple[str, list[str]]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if marker := _MARKER.fullmatch(line):
            if marker[1] not in SECTIONS:
                raise wrong(f"line {number}: no section is called {marker[1]!r}")
            sections.append((marker[1], []))
        elif sections:
            sections[-1][1].append(line)
        elif line.strip():
            said = _HEADER.fullmatch(line)
            if said is None or said[1] not in KEYS:
                raise wrong(f"line {number}: expected one of {', '.join(sorted(KEYS))}")
            if said[1] in head:
                raise wrong(f"line {number}: `{said[1]}` stands there twice")
            head[said[1]] = said[2].strip()
    return head, [(kind, "\n".join(body).strip("\n")) for kind, body in sections]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _number(text: str, wrong: Any) -> float:
    try:
        return float(text)
    except ValueError:
        raise wrong(f"max_drop {text!r} is no number") from None


def _signals(text: str, wrong: Any) -> dict[str, Any]:
    try:
        call = ast.parse(f"dict({text})", mode="eval").body
        assert isinstance(call, ast.Call) and not call.args
        return {word.arg or "": ast.literal_eval(word.value) for word in call.keywords}
    except (SyntaxError, ValueError, AssertionError):
        raise wrong(f"signals {text!r} is not of the form `name=value, …`") from None


def _metric(text: str | None, wrong: Any) -> str | None:
    if text is None:
        return None
    try:
        ast.parse(text.strip(), mode="eval")
    except SyntaxError:
        raise wrong("the metric is not one expression") from None
    return text.strip()


def _computes_bfloat16() -> bool:
    import torch  # noqa: F401  what the rule itself asks

    from greenlab.advice.analysis.torch.model import computes_bfloat16

    return computes_bfloat16("cpu")
