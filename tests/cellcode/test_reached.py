"""What a cell runs: the user's functions that it calls, wherever they stand, with their names."""

import ast
import functools
import gc
import sys
import weakref

import pytest

from greenlab.cellcode.abstract_values import path_of
from greenlab.cellcode.parsed_source import SourceText, Texts
from greenlab.cellcode.reached import MOST_UNITS, Reading, reached
from greenlab.record import Place


def functions(units):
    return [unit.code.origin.place and unit.code.origin.place.function for unit in units]


def test_a_function_of_an_earlier_cell_sees_what_it_is_given_and_not_the_notebooks_names(
    notebook,
):
    notebook.cell("def f(thing, other=7):\n    inner = 1\n    return thing\n")
    notebook.cell("kept = [1]\nthing = 'another'\ninner = 'of the notebook'")
    cell, f = notebook.reach("f(kept)")
    assert f.namespace["thing"] is notebook.names["kept"]
    assert (f.namespace["other"], f.namespace["inner"]) == (7, 1)
    assert f.code.origin.place.function == "f" and "def f(thing" in f.code.origin.source
    assert cell.namespace["thing"] == "another" and cell.code.origin.place is None


def test_what_a_function_makes_is_never_the_variable_of_the_same_name(notebook):
    notebook.cell("class Big: pass\ndef f():\n    model = make()\n    return model.run()\n")
    notebook.cell("def make():\n    return object.__new__(Big)\nBig.run = print\nmodel = [1]")
    units = notebook.reach("f()")
    inside = next(unit for unit in units if unit.code.origin.place)
    assert "model" not in inside.namespace
    run = next(call for call in inside.code.calls if getattr(call.func, "attr", "") == "run")
    assert inside.code.resolved(run.func.value) == (True, None)


def test_methods_see_their_object_and_what_it_holds(notebook):
    notebook.cell(
        "class Trainer:\n"
        "    def __init__(self, tool):\n        self.tool = tool\n"
        "    def step(self, x):\n        return self.tool(x)\n"
        "    def fit(self, items):\n        for x in items:\n            self.step(x)\n"
    )
    notebook.cell("trainer = Trainer(abs)")
    units = notebook.reach("trainer.fit([3, 4])")
    assert functions(units) == [None, "Trainer.fit", "Trainer.step"]
    step = units[-1]
    assert step.namespace["self"] is notebook.names["trainer"] and step.namespace["x"] == 3
    assert step.code.resolved(step.code.calls[0].func) == (True, abs)


def test_an_object_that_a_function_makes_is_known_by_its_class_and_arguments(notebook):
    notebook.cell(
        "import fractions\n"
        "class Run:\n"
        "    def __init__(self, size):\n        self.part = fractions.Fraction(1, size)\n"
        "    def go(self):\n        return self.part.limit_denominator(3)\n"
        "def main(size):\n    run = Run(size)\n    run = run\n    return run.go()\n"
    )
    units = notebook.reach("main(12)")
    assert functions(units) == [None, "main", "Run.__init__", "Run.go"]
    go = units[-1].code
    assert go.path(go.calls[0].func) == "fractions.Fraction().limit_denominator"


def test_only_what_is_called_ran(notebook):
    units = notebook.reach("def used():\n    return 1\ndef unused():\n    return 2\nused()\n")
    assert {"used"} == {
        node.name
        for node in units[0].code.nodes
        if hasattr(node, "args") and hasattr(node, "name")
    }
    assert functions(notebook.reach("used")) == [None, "used"]  # handed on, perhaps
    assert functions(notebook.reach("1 + 1")) == [None]


def test_a_decorated_function_is_seen_through(notebook):
    notebook.names["functools"] = functools
    notebook.cell(
        "def timed(f):\n    @functools.wraps(f)\n    def inner(*args):\n        return f(*args)\n"
        "    return inner\n@timed\ndef work(items):\n    return sorted(items)\n"
    )
    units = notebook.reach("work([2])")
    assert "work" in functions(units)


def test_a_module_of_the_users_and_a_script_are_read(notebook, tmp_path, monkeypatch):
    (tmp_path / "my_training.py").write_text(
        "LIMIT = 5\ndef main(n=LIMIT):\n    return helper(n)\ndef helper(n):\n    return n\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    notebook.cell("import my_training\nfrom my_training import main as start")
    for source in ("my_training.main()", "start()"):
        units = notebook.reach(source)
        assert functions(units) == [None, "main", "helper"]
        assert units[1].code.origin.place.file == str(tmp_path / "my_training.py")
        assert units[2].namespace["n"] == 5
    monkeypatch.chdir(tmp_path)
    (tmp_path / "job.py").write_text("def go():\n    return 1\nvalue = go()\n")
    script = {"__name__": "__main__"}
    exec(compile((tmp_path / "job.py").read_text(), str(tmp_path / "job.py"), "exec"), script)
    notebook.names.update(go=script["go"], value=1)
    units = reached("%run job.py", notebook.names)
    assert [unit.code.origin.place and unit.code.origin.place.file for unit in units] == [
        None, str(tmp_path / "job.py"),
    ]  # fmt: skip
    assert any(getattr(node, "name", "") == "go" for node in units[1].code.nodes)
    sys.modules.pop("my_training")


def test_libraries_are_not_read(notebook):
    notebook.cell("import json, textwrap")
    assert functions(notebook.reach("json.dumps(textwrap.wrap('a'))")) == [None]


def test_the_first_item_of_a_container_represents_all(notebook):
    notebook.cell(
        "def each(models):\n    for name, model in models.items():\n        model.append(name)\n"
    )
    notebook.cell("models = {'a': [1], 'b': [2]}")
    units = notebook.reach("each(models)")
    assert units[1].namespace["model"] is notebook.names["models"]["a"]


@pytest.mark.parametrize(
    "source",
    [
        "def f(n):\n    return f(n - 1) if n else 0\nf(3)",
        "def a(n):\n    return b(n)\ndef b(n):\n    return a(n) if n < 0 else n\na(1)",
        "x = [x for x in range(3)]",
        "class A:\n    pass\nA.me = A\nA.me.me.me",
        "def f(*args, **more):\n    return args\nf(*[1, 2], **{})",
        "x = 1\ndef f():\n    global x\n    x = x + 1\nf()",
        "def f():\n    value = value_of(lambda: value)\n    return value\ndef value_of(g):\n    return 1\nf()",
    ],
)  # fmt: skip
def test_circular_references_end(notebook, source):
    assert notebook.reach(source)


def test_very_much_code_is_not_followed_for_ever(notebook):
    many = 3 * MOST_UNITS
    notebook.cell("\n".join(f"def f{n}():\n    return f{n + 1}()" for n in range(many)))
    notebook.cell(f"def f{many}():\n    return 0")
    assert len(notebook.reach("f0()")) <= MOST_UNITS + 1


def test_no_object_is_kept(notebook):
    notebook.cell(
        "class Thing:\n    def go(self):\n        return self\ndef f(thing):\n    other = thing\n    return other.go()"
    )
    notebook.cell("thing = Thing()")
    gone = weakref.ref(notebook.names["thing"])
    gc.disable()
    try:
        units = notebook.reach("f(thing)")
        assert len(units) == 3
        units[0].forget()
        del units
        notebook.names.pop("thing")
        assert gone() is None
    finally:
        gc.enable()


def test_code_that_was_only_read_leads_to_the_same_functions():
    reading = Reading()
    cells = (
        "import torch\nclass Net(torch.nn.Module):\n    def forward(self, x):\n        return x\n",
        "def train(model):\n    model(1)\n    model = model.to('cpu')\n    return model.state_dict()\n",
        "net = Net()\nnet = net.to('cpu')",
        "train(net)",
    )
    units = [reading.cell(source, Place(cell_id=str(at))) for at, source in enumerate(cells)]
    assert [functions(found) for found in units] == [
        [None],
        [None],
        [None],
        [None, "train", "Net.forward"],
    ]
    train = units[-1][1].code
    assert train.path(train.calls[-1].func) == "__main__.Net().state_dict"
    assert train.origin.place.cell_id == "1"


def test_what_a_function_gave_back_is_alive_under_the_names_it_had_inside(notebook):
    notebook.cell(
        "def clean(table, least):\n"
        "    kept = [one for one in table if one > least]\n    return kept\n"
        "def both(table):\n    low = min(table)\n    rest = clean(table, low)\n    return low, rest\n"
    )
    notebook.cell("low, rest = both([3, 1, 2])")
    units = notebook.reach("low, rest = both([3, 1, 2])")
    inside, deeper = units[1], units[2]
    assert functions(units) == [None, "both", "clean"]
    assert inside.namespace["rest"] is notebook.names["rest"] == [3, 2]
    assert deeper.namespace["kept"] is notebook.names["rest"]
    again = notebook.reach("rest = clean([3, 1, 2], 1)\nrest = sorted(rest)")
    assert "kept" not in again[1].namespace  # by now the name stands for something else


def test_where_a_name_of_a_function_comes_from(notebook):
    notebook.cell(
        "def f(data, part):\n    data = data[part]\n    a, b = data, part\n    return a\n"
    )
    notebook.cell("names = ['x']")
    unit = notebook.reach("f(names * 3, 1)")[1]
    data = next(
        node
        for node in ast.walk(unit.code.tree)
        if isinstance(node, ast.Name) and node.id == "data" and isinstance(node.ctx, ast.Load)
    )
    given = unit.code.came_from(data)
    assert ast.unparse(given.node) == "names * 3"
    last = next(node for node in ast.walk(unit.code.tree) if isinstance(node, ast.Return)).value
    (to_part,) = [unit.code.came_from(last)]
    assert ast.unparse(to_part.node) == "data" and to_part.path == ()
    assert ast.unparse(unit.code.came_from(to_part.node).node) == "data[part]"


@pytest.mark.parametrize(
    ("source", "inside"),
    [
        ("f(lambda: Big(1))", "__main__.Big()"),
        ("f(make)", "__main__.Big()"),
        ("f(**{'make': make})", "__main__.Big()"),
        ("f(**given)", "__main__.Big()"),
        ("f(**dict(given))", None),
    ],
)
def test_a_lambda_and_a_dictionary_of_arguments_lead_to_what_they_make(
    notebook, source, inside
):
    notebook.cell("class Big:\n    go = print\n    def __init__(self, n): pass\n")
    notebook.cell("make = lambda: Big(3)\ngiven = {'make': make}\nthing = [1]")
    notebook.cell("def f(make):\n    thing = make()\n    return thing.go()\n")
    unit = next(u for u in notebook.reach(source) if u.code.origin.place)
    go = next(c for c in unit.code.calls if getattr(c.func, "attr", "") == "go")
    assert path_of(unit.code.value(go.func.value)) == inside


def test_an_attribute_that_another_method_sets(notebook):
    notebook.cell(
        "import fractions\n"
        "class Run:\n"
        "    def __init__(self):\n        self.part = None\n"
        "    def load(self, n):\n        self.part = fractions.Fraction(1, n)\n"
        "    def go(self):\n        return self.part.limit_denominator(3)\n"
        "def main():\n    run = Run()\n    run.load(3)\n    return run.go()\n"
    )
    go = notebook.reach("main()")[-1].code
    (call,) = [c for c in go.calls if getattr(c.func, "attr", "") == "limit_denominator"]
    assert go.path(call.func) == "fractions.Fraction().limit_denominator"


def test_a_comprehensions_variable_is_not_the_notebooks(notebook):
    notebook.cell(
        "def f(items):\n    return [one.copy() for one in items]\none = [1]\nkept = [{}]"
    )
    unit = notebook.reach("f(kept)")[1]
    (call,) = [c for c in unit.code.calls if getattr(c.func, "attr", "") == "copy"]
    assert unit.code.resolved(call.func.value) == (True, notebook.names["kept"][0])


def test_the_cells_before_are_asked_for_and_read_once():
    class Before(Texts):
        asked = 0

        def cells(self):
            self.asked += 1
            return [SourceText("model = load(1)"), SourceText("model = load(2)")]

    before = Before()
    others = reached("x = 1", {}, before)[0].code.others
    first, again = list(others.mentioning("load")), list(others.mentioning("model"))
    assert [code.origin.source for code in first] == ["model = load(1)", "model = load(2)"]
    assert [id(code) for code in again] == [id(code) for code in first]
    assert before.asked == 1
    others.forget()
    assert list(others.mentioning("load")) == []
