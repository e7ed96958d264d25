"""Try a change: two versions alternate until the saving is clear or not.

`statistics` says when that is, `safety` what may run again at all and where, `backends` run it
there, `paired_runs` alternates the versions, `proof` is the whole for a caller, and
`comparison` its short form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greenlab.proof.backends.choose import Frozen
    from greenlab.proof.code_version import CodeVersion
    from greenlab.proof.comparison import compare
    from greenlab.proof.proof import Proof
    from greenlab.proof.protocol import Terms
    from greenlab.proof.safety.judge import judge
    from greenlab.proof.safety.judgement import Judgement

__all__ = ["CodeVersion", "Frozen", "Judgement", "Proof", "Terms", "compare", "judge"]

_HOMES = {
    "Frozen": "backends.choose",
    "Judgement": "safety.judgement",
    "Proof": "proof",
    "Terms": "protocol",
    "CodeVersion": "code_version",
    "compare": "comparison",
    "judge": "safety.judge",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'greenlab.proof' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"greenlab.proof.{_HOMES[name]}"), name)
