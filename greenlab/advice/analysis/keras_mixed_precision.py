"""Mixed precision for a Keras model: a policy that is set before the model is made.

The last layer is told to give 32-bit numbers, as Keras's guide to mixed precision asks.
"""

from __future__ import annotations

import ast
from typing import Final

from greenlab.advice.analysis.torch.trainer_precision_arguments import Argument
from greenlab.advice.rewriting.edits import Edit, Insert, Replace
from greenlab.cellcode.ast_queries import keyword, written_name
from greenlab.cellcode.cell_ast import Code

POLICY: Final = 'mixed_precision.set_global_policy("mixed_bfloat16")'
# Layers that give the model's answers, and whose `dtype` is that of what they compute.
_LAST: Final = ("Activation", "Dense")


def with_policy(model: ast.expr, code: Code) -> Argument | None:
    """The edits in the text that makes a model out of a list of layers; `None` for others.

    The text may be that of an earlier cell: the policy holds for what is made from there on.
    """
    if not isinstance(model, ast.Name):
        return None
    for other in code.others.mentioning(model.id):
        for statement in other.tree.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as made) if (
                    name == model.id
                ):
                    return _edits(statement, made, other)
    return None


def _edits(statement: ast.Assign, made: ast.Call, code: Code) -> Argument | None:
    path = code.path(made.func) or ""
    if "keras" not in path.split(".") or not path.endswith(".Sequential") or not made.args:
        return None
    layers = made.args[0].elts if isinstance(made.args[0], ast.List) else []
    last = layers[-1] if layers else None
    if not isinstance(last, ast.Call) or written_name(last.func) not in _LAST:
        return None
    if keyword(last, "dtype") is not None or any(word.arg is None for word in last.keywords):
        return None
    keras, before = _keras(code)
    line = code.top(statement).lineno
    edits: list[Edit] = [Insert(line, f"{before}{keras}.{POLICY}")]
    edits.append(Replace.adding(code.masked.text, last, 'dtype="float32"'))
    return Argument(tuple(edits), code.origin)


def _keras(code: Code) -> tuple[str, str]:
    """How the text may say `keras`, and the import it needs first if it cannot yet."""
    for name in ("keras", "K"):
        if code.names(name) in ("keras", "tf_keras"):
            return name, ""
    if code.names("tf") == "tensorflow":
        return "tf.keras", ""
    return "keras", "import keras\n"
