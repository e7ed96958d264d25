"""T15: real int8 layers; the changed cell runs and its answers stay close."""

import pytest
from advice_cells import HEAVY, change, found, run

from greenlab.advice import Signals

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch
nn = torch.nn

LOOP = """\
answers = []
with torch.no_grad():
    for rows in data:  # in batches
        scores = net(rows)
        answers.append(scores.argmax(1))
answers = torch.cat(answers)
"""
INSIDE = """\
answers = torch.zeros(0, dtype=torch.long)
for rows in data:
    with torch.inference_mode():
        answers = torch.cat([answers, net(rows).argmax(1)])
"""
FUNCTION = """\
@torch.no_grad()
def ask(model):
    return torch.cat([model(rows).argmax(1) for rows in data])
answers = ask(net)
"""


class Net(nn.Module):
    def __init__(self, width=1024, out=4):
        super().__init__()
        self.first, self.body = nn.Linear(16, width), nn.Linear(width, width)
        self.head = nn.Linear(width, out)

    def forward(self, x):
        return self.head(self.body(self.first(x).relu()).relu())


class Tied(Net):
    def forward(self, x):
        return super().forward(x) * self.head.weight.norm()


def names(net=None):
    torch.manual_seed(0)
    net = Net().eval() if net is None else net
    data = list(torch.randn(96, 16).split(32))
    return {"torch": torch, "nn": nn, "net": net, "data": data}


def mine(source, namespace, signals=HEAVY):
    return [one for one in found(source, namespace, signals) if one.rule == "T15"]


@pytest.mark.parametrize("source", [LOOP, INSIDE])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_the_change_answers_alike_and_leaves_the_model(source):
    before, after = names(), names()
    run(source, before)
    text = change(mine(source, before))
    run(text, after)
    assert (before["answers"] == after["answers"]).float().mean() > 0.9
    assert type(after["net"].body) is nn.Linear
    assert "Linear" in type(after["net_int8"].body).__name__
    assert type(after["net_int8"].body) is not nn.Linear
    assert mine(text, after) == []
    if source is LOOP:
        assert "# in batches" in text


def test_within_a_function_it_is_changed_by_hand():
    namespace = names()
    run(FUNCTION, namespace)
    (one,) = mine(FUNCTION, namespace)
    assert one.change is None and "quantize_dynamic( net," in one.because[-1]


@pytest.mark.parametrize("alias", ["torch", "th"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_neither_alias_nor_renaming_changes_what_is_found(alias):
    namespace = names()
    run(LOOP, namespace)
    source = LOOP.replace("net(", "student(").replace("torch.", f"{alias}.")
    other = {"student": namespace["net"], alias: torch, "data": namespace["data"]}
    text = change(mine(source, other))
    assert f"student_int8 = {alias}.ao" in text
    run(text, other)


def test_mixed_precision_does_not_come_with_it():
    namespace = names()
    run(LOOP, namespace)
    assert "T01" not in {one.rule for one in found(LOOP, namespace)}


@pytest.mark.parametrize(
    "net",
    [
        Net().eval().double(),
        Net().train(),
        Net(width=128).eval(),
        Tied().eval(),
        nn.TransformerEncoderLayer(16, 4, 65_536, batch_first=True).eval(),
        nn.Sequential(nn.LSTM(16, 1024)).eval(),
    ],
    ids=["float64", "training", "small", "reads weights", "attention", "recurrent"],
)
def test_silent_for_models_that_do_not_suit(net):
    namespace = names(net)
    namespace["rows"] = namespace["data"][0]
    assert mine(LOOP, namespace) == []


@pytest.mark.parametrize(
    "source",
    [
        LOOP.replace("net(rows)", "net(rows.half().float())"),
        LOOP.replace("for rows", "cast = torch.autocast\n    for rows"),
        LOOP + "for rows in data:\n    net(rows).sum().backward()\n",
    ],
)
def test_silent_where_the_cell_chose_or_trains(source):
    namespace = names()
    run(source, namespace)
    assert mine(source, namespace) == []


def test_listed_where_numbers_are_asked_for(monkeypatch):
    source = LOOP.replace(".argmax(1)", "")
    namespace = names()
    run(source, namespace)
    assert all(one.status == "candidate" for one in mine(source, namespace))
    can = {**torch.cpu.get_capabilities(), "avx512_bf16": False, "amx_bf16": False}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: can)  # so that T01 is out
    assert [one.status for one in mine(source, namespace)] == ["candidate"]


def test_silent_while_the_processor_waits_and_on_other_processors(monkeypatch):
    namespace = names()
    run(LOOP, namespace)
    assert mine(LOOP, namespace, Signals(60.0, HEAVY.energy_j, cpu_s=2.0)) == []
    can = {**torch.cpu.get_capabilities(), "avx2": False}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: can)
    assert mine(LOOP, namespace) == []


def test_no_edit_where_the_new_name_is_taken():
    namespace = {**names(), "net_int8": 1}
    run(LOOP, namespace)
    (one,) = mine(LOOP, namespace)
    assert one.change is None
