"""T16: real quantisation-aware training; the changed cell trains and converts."""

import pytest
from advice_cells import change, found, run

torch = pytest.importorskip("torch")
pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning"),
]
nn, tq = torch.nn, torch.ao.quantization

MAKE = """\
net = Net()
net.qconfig = tq.get_default_qat_qconfig("x86")
net = tq.prepare_qat(net.train())
"""
TRAIN = """\
opt = torch.optim.SGD(net.parameters(), lr=0.1)
losses = []
for epoch in range(20):  # epochs
    # one pass
    for xb, yb in data:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        opt.step()
    losses.append(sum(part.fake_quant_enabled.sum().item() for part in fakes(net)))
"""
CELL = MAKE + TRAIN
SEQUENTIAL = (
    """\
body = nn.Sequential(tq.QuantStub(), nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2), tq.DeQuantStub())
body.qconfig = tq.get_default_qat_qconfig("x86")
net = tq.prepare_qat(body.train(), inplace=False)
"""
    + TRAIN
)
INPLACE = """\
net = Net().train()
net.qconfig = tq.get_default_qat_qconfig("x86")
tq.prepare_qat(net, inplace=True)
""" + TRAIN.replace("epoch in", "k in")


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.quant, self.dequant = tq.QuantStub(), tq.DeQuantStub()
        self.body = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))

    def forward(self, x):
        return self.dequant(self.body(self.quant(x)))


def fakes(net):
    return [part for part in net.modules() if isinstance(part, tq.FakeQuantize)]


def names():
    torch.manual_seed(0)
    x = torch.randn(64, 8)
    data = [(part, (part[:, 0] > 0).long()) for part in x.split(16)]
    return {"torch": torch, "nn": nn, "tq": tq, "Net": Net, "data": data, "fakes": fakes}


def mine(source, namespace):
    return [one for one in found(source, namespace) if one.rule == "T16"]


@pytest.mark.parametrize("source", [CELL, SEQUENTIAL, INPLACE])
def test_the_change_quantises_in_the_last_tenth_alone(source):
    before, after = names(), names()
    run(source, before)
    (one,) = mine(source, before)
    text = change((one,))
    run(text, after)
    on = before["losses"][0]
    assert on > 0 and before["losses"] == [on] * 20
    assert after["losses"] == [0] * 18 + [on] * 2
    converted = tq.convert(after["net"].eval())
    x, y = after["data"][0]
    assert (converted(x).argmax(1) == y).float().mean() > 0.8
    assert "# one pass" in text and "# epochs" in text
    assert mine(text, after) == []
    assert f"{len(fakes(before['net']))} fake quantisers" in one.because[1]


@pytest.mark.parametrize("alias", ["torch", "th"])
def test_neither_alias_nor_renaming_changes_what_is_found(alias):
    source = CELL.replace("net", "student").replace("torch.", f"{alias}.")
    namespace = names()
    namespace = {alias: namespace.pop("torch"), **namespace}
    run(source, namespace)
    run(change(mine(source, namespace)), namespace)


@pytest.mark.parametrize(
    "source",
    [
        CELL.replace("range(20)", "range(4)"),  # few epochs
        CELL.replace("net = tq.prepare_qat(net.train())\n", ""),  # in floats
        CELL.replace("opt =", "net.load_state_dict(net.state_dict())\nopt =", 1),  # trained
        CELL.replace("    # one pass", "    if epoch == 3: net.apply(tq.disable_observer)"),
        CELL.replace("range(20)", "iter(range(20))"),  # unknown number
        TRAIN.replace("net(xb)", "net(xb)") + CELL,  # trained before
    ],
)
def test_silence(source):
    namespace = names()
    if source.startswith("opt"):
        run(MAKE, namespace)
    run(source, namespace)
    assert mine(source, namespace) == []


def test_silent_where_the_model_comes_from_another_cell():
    namespace = names()
    run("net = Net()", namespace)
    source = CELL.replace("net = Net()\n", "")
    run(source, namespace)
    assert mine(source, namespace) == []


def test_by_hand_where_the_epoch_has_no_plain_name():
    source = CELL.replace("for epoch in range(20):", "for names_of[0] in range(20):")
    namespace = {**names(), "names_of": [0]}
    run(source, namespace)
    (one,) = mine(source, namespace)
    assert one.change is None and "last 2 epochs" in one.because[-1]
