"""A change of a definition is measured wherever the function is held, and nothing here changes."""

import gc
import inspect
import threading
from pathlib import Path

import pytest

from greenlab import compare
from greenlab.proof import CodeVersion, Proof, Terms
from greenlab.proof.code_version import CannotReplaceError
from greenlab.proof.backends import choose
from greenlab.proof.redefinition import Redefinition

from tests.proof import defined_elsewhere as there, workload

FILE = Path(there.__file__)
TEXT = FILE.read_text(encoding="utf-8")
SPACE = {name: value for name, value in vars(there).items() if not name.startswith("__")}
SPACE["workload"] = workload


@pytest.fixture
def prove():
    """Prove a change of the module by a cell: what the metric says before and after."""
    gc.collect()  # functions that other tests made are found as long as they are not collected

    def prove(cell, *edits, space=SPACE, **terms):
        after = TEXT
        for old, new in edits:
            assert after.count(old) == 1, old
            after = after.replace(old, new)
        pair = Redefinition.pair(TEXT, after, "your file", [str(FILE)])
        versions = (CodeVersion(cell, redefined=one) for one in pair)
        terms = Terms(**{"looks": (2,), **terms})
        return Proof(*versions, dict(space), terms).run()

    return prove


def to_two(name):
    line = next(one for one in TEXT.split("\n") if one.endswith(f"# {name}"))
    return line, line.replace("1.0", "2.0")


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("plain", "value = plain()"),
        ("plain", "value = calls_it()"),
        ("plain", "value = part()"),
        ("plain", "value = table['plain']()"),
        ("inner", "value = made()"),
        ("inner", "value = make(60)()"),
        ("decorated", "value = decorated()"),
        ("cached", "value = cached('new')"),
        ("base", "value = Base().step()"),
        ("step", "value = trainer.step()"),
        ("step", "value = trainer.callback()"),
        ("apart", "value = Trainer.apart()"),
        ("value", "value = trainer.value"),
        ("rows", "value = next(rows())"),
        ("chosen", "value = chosen()"),
        ("setter", "kept.value = 1; value = kept.value"),
        ("init", "value = Trainer().made_by; workload.spin(60)"),
    ],
)
def test_whoever_holds_a_function_runs_the_new_version(prove, name, cell):
    verdict = prove(cell, to_two(name), metric="value", max_drop=9.0)
    assert verdict.quality is not None, str(verdict)
    assert (verdict.quality.before, verdict.quality.after) == (1.0, 2.0)
    here = dict(SPACE)
    exec(cell, here)
    assert here["value"] == 1.0  # the copy's functions have changed, these have not


def test_a_lighter_function_is_verified(prove):
    verdict = prove("calls_it()", ("spin(rounds)\n    return 1.0  # plain", "return 1.0"))
    assert verdict.ratio < 0.5, str(verdict)


def test_results_that_differ_fail_where_the_same_were_promised(prove):
    verdict = prove("out = plain()", to_two("plain"), same=True)
    assert verdict.status == "quality-failed", str(verdict)
    assert prove("out = plain()", ("spin(rounds)\n    return 1.0  # plain", "return 1.0"),
                 same=True).agreement.kept  # fmt: skip


def test_default_values_are_what_they_became_unless_they_change(prove):
    verdict = prove("value = remembers()", ("seen.append(1)", "seen += [1]"), metric="value")
    assert (verdict.quality.before, verdict.quality.after) == (5.0, 5.0)
    changed = prove("value = remembers()", ("seen=[]", "seen=[1, 1]"), metric="value")
    assert (changed.quality.before, changed.quality.after) == (1.0, 3.0)


def test_an_attribute_and_a_new_method_reach_live_instances(prove):
    verdict = prove(
        "value = trainer.step()",
        to_two("factor"),
        ("        super().step()\n", "        self.more()\n"),
        (
            "    @staticmethod\n",
            "    def more(self):\n        super().step()\n\n    @staticmethod\n",
        ),
        metric="value",
    )
    assert (verdict.quality.before, verdict.quality.after) == (1.0, 2.0)


def test_a_function_may_need_less_of_what_is_around_it(prove):
    edit = ("        spin(rounds)\n        return 1.0  # inner", "        return 2.0")
    verdict = prove("value = made(); workload.spin(60)", edit, metric="value")
    assert (verdict.quality.before, verdict.quality.after) == (1.0, 2.0), str(verdict)


def test_an_attribute_may_go(prove):
    verdict = prove(
        "value = float(hasattr(trainer, 'factor')); Trainer(); plain()",
        ("    factor = 1.0  # factor\n\n", ""),
        ("return self.factor * 1.0", "return 1.0"),
        ("self.made_by = 1.0", "self.made_by = 2.0"),
        metric="value",
    )
    assert verdict.quality is not None, str(verdict)
    assert (verdict.quality.before, verdict.quality.after) == (1.0, 0.0)


def test_in_a_fresh_interpreter_as_well(prove, monkeypatch):
    monkeypatch.setattr(choose, "can_fork", lambda: False)
    verdict = prove("value = trainer.callback()", to_two("step"), metric="value")
    assert verdict.quality is not None, str(verdict)
    assert (verdict.quality.before, verdict.quality.after) == (1.0, 2.0)


def test_imports_and_new_functions_come_with_it(prove):
    verdict = prove(
        "value = plain()",
        ("import functools\n", "import functools\nimport fractions\n"),
        ("def calls_it", "def helper():\n    return float(fractions.Fraction(2))\n\n\ndef calls_it"),
        ("1.0  # plain", "helper()"),
        metric="value",
    )  # fmt: skip
    assert (verdict.quality.before, verdict.quality.after) == (1.0, 2.0)


def test_another_import_under_a_name_is_a_change_of_those_who_use_it(prove):
    verdict = prove(
        "value = plain()",
        (
            "from tests.proof.workload import spin\n",
            "from tests.proof.workload import spin_less as spin\n",
        ),
        metric="value",
    )
    assert verdict.pairs == 2, str(verdict)
    assert verdict.ratio < 0.9


def test_nothing_else_of_the_module_runs_again(prove):
    made = len(there.COUNT)
    verdict = prove("value = len(COUNT); plain()", to_two("plain"), metric="value")
    assert (verdict.quality.before, verdict.quality.after) == (made, made)
    assert len(there.COUNT) == made


def test_a_change_that_is_made_already_is_measured_against_what_was(prove):
    space, after = dict(SPACE), TEXT.replace("1.0  # plain", "2.0")
    exec(compile(after, str(FILE), "exec"), space)
    verdict = prove("value = plain()", ("1.0  # plain", "2.0"), space=space, metric="value")
    assert (verdict.quality.before, verdict.quality.after) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("edit", "cell", "said"),
    [
        (to_two("plain"), "workload.spin(60)", "the change is of plain, which did not run"),
        (to_two("init"), "trainer.step()", "the change is of Trainer.__init__, which did not"),
        (to_two("rows"), "next(rows()); next(begun)", "a generator that rows made before"),
    ],
)
def test_a_change_that_does_not_run_is_said_to_be_so(prove, edit, cell, said):
    verdict = prove(cell, edit)
    assert verdict.status == "inconclusive"
    assert said in verdict.reason, str(verdict)
    assert verdict.pairs == 0


def test_a_generator_begun_before_that_nobody_goes_on_with_is_no_matter(prove):
    assert prove("next(rows())", to_two("rows")).pairs == 2


def test_what_runs_in_threads_and_forks_is_seen(prove):
    in_thread = "import threading\nt = threading.Thread(target=plain); t.start(); t.join()"
    assert prove(in_thread, to_two("plain"), trusted=True).pairs == 2
    space = {**SPACE, "in_a_fork": workload.in_a_fork}
    forked = prove("in_a_fork(plain)\nplain_enough = workload.spin(60)", to_two("plain"),
                   space=space, trusted=True)  # fmt: skip
    assert forked.pairs == 2, str(forked)
    assert threading.active_count() < 9


def test_a_function_that_is_no_longer_as_the_text_says_is_not_measured(prove, monkeypatch):
    other = {"__name__": there.__name__}
    exec(compile(TEXT.replace("1.0  # plain", "3.0"), str(FILE), "exec"), other)
    monkeypatch.setattr(there.plain, "__code__", other["plain"].__code__)
    verdict = prove("plain()", to_two("plain"))
    assert verdict.status == "inconclusive"
    assert "run your file again" in verdict.reason


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (("@functools.lru_cache\n", "@functools.cache\n"), "is of the decorators of cached"),
        (("class Trainer(Base)", "class Trainer"), "is of what Trainer descends from"),
        (("made = make(60)", "made = make(30)"), "is of code outside of its functions"),
        (("def calls_it", "def calls_that"), "takes calls_it away"),
        (("COUNT = []", "COUNT = [ ]"), "changes no function"),
        (("if COUNT:", "if not COUNT:"), "is of code outside of its functions"),
    ],
)
def test_what_cannot_be_replaced_is_said_before_anything_runs(edit, said):
    with pytest.raises(CannotReplaceError, match=said):
        Redefinition.pair(TEXT, TEXT.replace(*edit), "your file")


def test_a_closure_over_other_variables_cannot_be_changed(prove):
    edits = (
        ("def make(rounds):\n", "def make(rounds):\n    less = 30\n"),
        ("        spin(rounds)\n        return 1.0  # inner", "        spin(less)"),
    )
    verdict = prove("made()", *edits)
    assert "uses other variables of the function around it" in verdict.reason, str(verdict)


def test_what_the_changed_function_does_is_judged(prove):
    verdict = prove("plain()", ("spin(rounds)\n    return 1.0  # plain", "open('/x', 'w')"))
    assert verdict.status == "unsafe", str(verdict)
    assert verdict.reason.startswith("the changed version:")
    verdict = prove("plain()", ("import functools\n", "import functools\nimport requests\n"),
                    to_two("plain"))  # fmt: skip
    assert "requests" in verdict.reason, str(verdict)


def test_definitions_stand_for_those_of_the_same_name():
    new = inspect.getsource(there.plain).replace("1.0  # plain", "2.0")
    verdict = compare(
        "value = table['plain']()", new, namespace=dict(SPACE), metric="value", looks=(2,)
    )
    assert verdict.quality is not None, str(verdict)
    assert (verdict.quality.before, verdict.quality.after) == (1.0, 2.0)
    called = compare(there.calls_it, new, namespace=dict(SPACE), metric=float, looks=(2,))
    assert (called.quality.before, called.quality.after) == (1.0, 2.0), str(called)


def test_definitions_of_what_nobody_has_are_not_taken_for_a_version():
    verdict = compare("plain()", "def other(): pass", namespace=dict(SPACE))
    assert verdict.status == "inconclusive"
    assert "other" in verdict.reason
