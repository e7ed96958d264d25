"""Whether two versions, and what runs around them, may be compared at all."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping
from typing import Any

from greenlab.proof.code_version import CodeVersion
from greenlab.proof.protocol import Terms
from greenlab.proof.safety.judge import judge
from greenlab.proof.safety.judgement import Judgement
from greenlab.proof.safety.name_scopes import bound

Versions = tuple[CodeVersion, CodeVersion]


def may_run(versions: Versions, namespace: Mapping[str, Any], terms: Terms) -> Judgement:
    """Both versions, the metric and the reset; with `trusted`, what is unsafe runs too."""
    first, second = (judge(one, namespace) for one in versions)
    found = first.with_(second.of_the("the changed version"))
    if unknown_name(versions, namespace, terms.metric):
        return found
    made = _with_what_they_make(versions, namespace)
    for part, one in (("the metric", terms.metric), ("reset", terms.reset)):
        if one is not None:
            found = found.with_(judge(one, made).of_the(part))
    if terms.trusted and found.level == "unsafe":
        return Judgement("state", None, None, frozenset(namespace), found.paths)
    return found


def unknown_name(versions: Versions, namespace: Mapping[str, Any], metric: Any) -> str | None:
    """A name that the metric reads and nobody defines."""
    known = _with_what_they_make(versions, namespace)
    if not isinstance(metric, str) or "*" in known:  # from somewhere import *
        return None
    tree = CodeVersion.of(metric).tree
    own = bound(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not (
            node.id in known or node.id in own or hasattr(builtins, node.id)
        ):
            return node.id
    return None


def _with_what_they_make(versions: Versions, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The namespace as a metric finds it: it may read what the versions make."""
    made = (name for one in versions if one.text is not None for name in bound(one.tree))
    return {**dict.fromkeys(made), **namespace}
