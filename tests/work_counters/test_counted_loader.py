"""Batches as loaders give them: how many rows and tokens are in them."""

import pickle
from collections import namedtuple

import numpy as np
import pytest

from greenlab import measure
from greenlab.work_counters import count_batches
from tests.work_counters.conftest import units

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.torch


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("workers", [0, 1])
def test_a_data_loaders_rows_are_counted_as_they_come(machine, workers):
    data = torch.utils.data.TensorDataset(torch.ones(7, 3), torch.zeros(7))
    loader = torch.utils.data.DataLoader(data, batch_size=2, num_workers=workers)
    counted = count_batches(loader, "image")
    assert len(counted) == 4
    assert counted.batch_size == 2
    with measure() as m:
        seen = [len(x) for x, _ in counted]
    assert seen == [2, 2, 2, 1]
    assert units(m.record) == {"image": 7}
    with measure() as m:
        for _ in counted:
            break
    assert units(m.record) == {"image": 2}


Pair = namedtuple("Pair", "x y")
ROWS = np.ones((5, 2))


class Graphs:
    num_graphs = 5


@pytest.mark.parametrize(
    "batch",
    [
        ROWS,
        (ROWS, np.ones(5)),
        [ROWS, ["a"] * 5],
        Pair(ROWS, np.ones(5)),
        {"pixel_values": ROWS, "labels": np.ones(5)},
        {"text": ["a"] * 5},
        {"text": ["a", "b"], "label": np.ones(5)},
        [[ROWS, ROWS], [ROWS, ROWS]],
        ((ROWS, ROWS), (ROWS, ROWS)),
        [{"input_ids": ROWS}, {"input_ids": ROWS}],
        [{"pixel_values": np.ones((3, 8, 8)), "label": 1}] * 5,
        [(np.ones((3, 8, 8)), 1)] * 5,
        [{"pixel_values": ROWS}, np.ones(5)],
        (("a", ROWS), np.ones(5)),
        ["text"] * 5,
        [{"text": "a"}] * 5,
        [("a", 1)] * 5,
        Graphs(),
    ],
)
def test_a_batch_in_any_form(machine, batch):
    with measure() as m:
        (given,) = count_batches([batch])
    assert given is batch
    assert units(m.record) == {"sample": 5}


@pytest.mark.parametrize("batch", [None, 3, object(), "text", np.float64(1), iter(())])
def test_a_batch_that_cannot_be_seen_through_is_a_batch(machine, batch):
    with measure() as m:
        list(count_batches([batch]))
    assert units(m.record) == {"batch": 1}


def test_tokens_of_texts_without_padding(machine):
    ids = torch.ones(2, 4, dtype=torch.long)
    mask = torch.tensor([[1, 1, 1, 0], [1, 0, 0, 0]])
    with measure() as m:
        list(
            count_batches([{"labels": torch.ones(9), "input_ids": ids, "attention_mask": mask}])
        )
        list(count_batches([{"input_ids": ids}]))
    assert units(m.record) == {"sample": 4, "token": 4 + 8}


def test_a_loader_without_a_length_stays_one(machine):
    with pytest.raises(TypeError):
        len(count_batches(iter([ROWS])))


def test_it_can_be_pickled(machine):
    assert len(pickle.loads(pickle.dumps(count_batches([ROWS])))) == 1
