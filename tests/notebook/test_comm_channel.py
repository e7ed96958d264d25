"""The comm, seen from a page."""

from __future__ import annotations

import contextlib
import math

import pytest

from greenlab.notebook.comm_channel import Link
from greenlab.notebook.live_power import INTERVAL_S
from tests.notebook.page import TARGET, Page, closed, hello, opened

LINK = "__import__('greenlab.notebook.extension', fromlist=['x']).current().link"
THREADS = "[t.name for t in __import__('threading').enumerate() if 'greenlab' in t.name]"
LIVE = "import greenlab.notebook.live_power as live; "


@pytest.fixture
def loaded(kernel):
    """A kernel with greenlab loaded, and no page yet."""
    kernel.run("%load_ext greenlab")
    return kernel


@pytest.fixture
def page(loaded):
    """A page that took up the kernel's comm."""
    return Page.attached(loaded)


@pytest.fixture
def watching(loaded):
    """The same, of a page that shows live power."""
    return Page.attached(loaded, live_power=True)


@pytest.fixture
def running(kernel, tmp_path):
    """Begins a cell that runs until the block ends."""

    @contextlib.contextmanager
    def running(cell_id=None):
        over = tmp_path / "over"
        going_on = f"while not __import__('os').path.exists({str(over)!r}): sum(range(1000))"
        sent = kernel.send(going_on, cell_id)
        try:
            yield
        finally:
            over.touch()
            kernel.wait(sent)
        kernel.sync()

    return running


def test_loading_calls_out_to_pages(loaded):
    loaded.sync()
    (comm,) = opened(loaded)
    assert comm["target_name"] == TARGET


def test_the_comm_brings_the_state_along_and_records_before_a_page_can_ask(loaded):
    loaded.run("x = 1", cell_id="first")
    loaded.sync()
    (comm,) = opened(loaded)
    assert comm["data"]["type"] == "state"
    assert comm["data"]["sensors"]
    (recorded,) = loaded.said("recorded")
    assert recorded["record"]["cell_id"] == "first"


def test_nothing_is_sent_any_more_where_no_page_answers(loaded):
    loaded.until(lambda: not loaded.eval(f"{LINK}.attached"))
    loaded.run("x = 1")
    loaded.sync()
    assert loaded.said("recorded") == []


def test_a_hello_in_the_opening_is_answered_to_that_page_alone(loaded, page):
    before = len(loaded.said("state"))
    mine = Page.opens(loaded, "mine", hello())
    loaded.until(lambda: mine.said("state"))
    assert len(mine.said("state")) == 1
    assert len(loaded.said("state")) == before + 1


def test_changed_settings_are_sent_to_every_page(loaded, page):
    mine = Page.opens(loaded, "mine", hello())
    loaded.until(lambda: mine.said("state"))
    mine.say(hello(zone="DE", type="configure"))
    loaded.until(lambda: page.state["intensity"]["zone"] == "DE")


def test_a_flood_of_hellos_is_answered_in_few_messages(loaded, page):
    before = len(page.said("state"))
    for number in range(2000):
        page.say(hello(zone=f"Nowhere {number}"))
    loaded.run("x = 1")
    last = "zone Nowhere 1999 is unknown"
    loaded.until(lambda: (page.state["intensity"].get("reason") or "").startswith(last))
    assert len(page.said("state")[before:]) < 50


def test_a_page_that_opens_comms_without_end_keeps_the_latest(loaded):
    pages = [Page.opens(loaded, f"c{number}", hello()) for number in range(100)]
    loaded.until(lambda: pages[-1].said("state"))
    assert closed(loaded).count("c0") == 1
    assert loaded.eval(f"len({LINK}._comms)") == 16
    loaded.comms.clear()
    loaded.run("x = 1")
    loaded.sync()
    assert len(loaded.said("recorded")) == 16
    assert pages[-1].said("recorded")


def test_a_zone_of_any_length_leaves_records_small(loaded, page):
    for length in (9_000, 1_000_000):
        page.say(hello(zone="x" * length))
        loaded.run("x = 1")
        record = loaded.records()[-1]
        assert len(str(record["intensity"])) < 1000


def test_a_batch_client_is_not_called_and_a_page_may_attach_all_the_same(kernel):
    as_nbclient = {"allow_stdin": False, "stop_on_error": True}
    kernel.wait(kernel.client.execute("%load_ext greenlab", **as_nbclient))
    kernel.sync()
    assert opened(kernel) == []
    Page.opens(kernel, "mine", {}).say_hello()
    assert kernel.said("state")


def test_a_page_that_loads_silently_is_called(kernel):
    kernel.wait(kernel.client.execute("%load_ext greenlab", silent=True, allow_stdin=False))
    kernel.sync()
    assert len(opened(kernel)) == 1


def test_a_page_whose_cells_a_server_runs_is_called(kernel):
    kernel.wait(kernel.client.execute("%load_ext greenlab", allow_stdin=True))
    kernel.sync()
    assert len(opened(kernel)) == 1


def test_a_page_gets_the_state_then_every_record(loaded):
    loaded.run("x = 1", cell_id="first")
    state = Page.attached(loaded).state
    assert [record["cell_id"] for record in state["records"]] == ["first"]
    assert state["totals"]["cells"] == 1
    assert state["sensors"]
    loaded.run("x = 2", cell_id="second")
    loaded.sync()
    recorded = loaded.said("recorded")[-1]
    assert recorded["record"]["cell_id"] == "second"
    assert recorded["totals"]["cells"] == 2


def test_totals_are_the_sum_of_the_records(loaded):
    for _ in range(3):
        loaded.run("sum(range(10**5))")
    total = Page.attached(loaded).state["totals"]["energy_j"]["value"]
    values = [record["energy_j"]["value"] for record in loaded.records()]
    assert abs(total - sum(values)) < 1e-9 * max(1, total)


def test_a_page_may_open_its_own_comm(loaded):
    mine = Page.opens(loaded, "mine", {})
    mine.say_hello(zone="DE")
    assert mine.state["intensity"]["zone"] == "DE"


def test_without_the_extension_the_comm_closes(kernel):
    Page.opens(kernel, "mine", {})
    kernel.sync()
    assert closed(kernel) == ["mine"]


def test_a_front_end_without_us_closes_in_silence(loaded):
    loaded.sync()
    comm_id = opened(loaded)[0]["comm_id"]
    loaded.comm_send("comm_close", {"comm_id": comm_id, "data": {}})
    reply = loaded.run("1 + 1")
    assert reply.value == "2"
    assert reply.text == ""


def test_nonsense_from_a_page_is_passed_over(loaded, page, capfd):
    nonsense = [
        *({}, [], "hello", 3, None, True, {"type": "dance"}, {"type": "hello"}),
        *({"type": kind} for kind in ([], {}, None, 1, ["hello"], "x" * 10**5)),
        {"type": "configure", "zone": 3},
        *(hello(zone=value) for value in ([], {}, None, 10**400, ["FR"], True)),
        *(hello(live_power=value) for value in ([], None, 1, "yes")),
        *(hello(notebook=value) for value in ([], 3, {"a": []})),
        {"type": "prove", "id": "a", "metric": None, "max_drop": 10**400},
        {"type": "prove", "id": [], "metric": {}, "max_drop": 0.1},
        {"type": "set_advice_status", "id": "a", "status": ["applied"]},
        {"type": "stop_proof", "id": None},
        {"type": "renamed", "notebook": {}},
        {f"key {number}": number for number in range(1000)},
    ]
    before = len(loaded.said("state"))
    for data in nonsense:
        page.say(data)
    loaded.comm_send("comm_msg", {"comm_id": page.comm_id})
    for number, data in enumerate(nonsense):
        Page.opens(loaded, f"nonsense {number}", data)
    loaded.drain(1)
    assert len(loaded.said("state")) == before
    reply = loaded.run("1 + 1")
    assert (reply.value, reply.text) == ("2", "")
    assert "Traceback" not in capfd.readouterr().err
    sane = Page.opens(loaded, "sane", hello())
    loaded.until(lambda: sane.said("state"))


@pytest.mark.parametrize(
    "data",
    [
        hello(zone=math.nan),
        hello(live_power=math.inf),
        {"type": "prove", "id": math.nan},
        {"type": "prove", "id": "a", "max_drop": -math.inf},
        hello(zone="\ud800"),
        hello(notebook="a\udfff"),
    ],
)
def test_what_no_message_could_carry_back_is_passed_over(data):
    assert Link(lambda *_: None, lambda: None)._parsed(data) is None


def test_live_power_comes_while_a_cell_runs_and_only_then(loaded, watching, running):
    before = len(loaded.said("power"))
    with running():
        loaded.until(lambda: len(loaded.said("power")) >= before + 3)
    power = loaded.said("power")[before:]
    assert len(power) <= 1 + loaded.records()[-1]["duration_s"] / INTERVAL_S
    assert all(message["power_w"]["value"] > 0 for message in power)
    energies = [message["energy_j"]["value"] for message in power]
    assert energies == sorted(energies)
    loaded.drain(1.5 * INTERVAL_S)
    assert len(loaded.said("power")[before:]) == len(power)


def test_no_thread_of_ours_lives_between_cells_unless_somebody_watches(loaded):
    loaded.run("sum(range(10**6))")
    # Until then the page that was called may attach.
    loaded.until(lambda: loaded.eval(THREADS) == [])
    page = Page.attached(loaded, live_power=True)
    assert loaded.eval(THREADS) == ["greenlab-live-power"]
    page.say_hello(live_power=False)
    loaded.until(lambda: loaded.eval(THREADS) == [])


def test_unloading_tells_the_page(loaded, page):
    loaded.run("%unload_ext greenlab")
    loaded.sync()
    assert page.said("unloaded")
    assert closed(loaded) == [page.comm_id]


def test_a_wrong_zone_is_said_and_nothing_is_made_up(loaded):
    intensity = Page.attached(loaded, zone="Atlantis").state["intensity"]
    assert intensity["value"] is None
    assert intensity["reason"]
    loaded.run("sum(range(10**5))")
    record = loaded.records()[-1]
    assert record["emissions_g"]["value"] is None
    assert record["energy_j"]["value"] is not None


def test_the_total_moves_with_the_running_cell_and_is_met_by_its_record(
    loaded, watching, running
):
    before = len(loaded.said("power"))
    with running():
        loaded.until(lambda: len(loaded.said("power")) >= before + 2)
    power = loaded.said("power")[before:]
    so_far = [message["totals"]["energy_j"]["value"] for message in power]
    assert so_far == sorted(so_far)
    assert [message["totals"]["cells"] for message in power] == [1] * len(power)
    for message in power:
        parts = message["totals"]["by_kind"].values()
        assert sum(part["value"] for part in parts) == pytest.approx(
            message["totals"]["energy_j"]["value"]
        )
    recorded = loaded.said("recorded")[-1]
    assert so_far[-1] < recorded["totals"]["energy_j"]["value"] < 2.5 * so_far[-1]


def test_a_record_goes_out_before_the_next_cell_of_a_queue_has_ended(loaded, watching, running):
    loaded.send("x = 1", "first")
    with running("second"):
        loaded.until(lambda: loaded.said("power"))
    order = [
        data["type"] if data["type"] == "power" else data["record"]["cell_id"]
        for m in loaded.comms
        if m["msg_type"] == "comm_msg"
        and (data := m["content"]["data"])["type"] in ("power", "recorded")
    ]
    assert order.index("first") < order.index("power")


def test_a_brief_comes_while_a_cell_runs_for_pages_that_cannot_ask(loaded, watching, running):
    loaded.run("sum(range(10**6))", cell_id="first")
    with running("second"):
        loaded.until(lambda: loaded.said("brief"))
    (brief,) = loaded.said("brief")
    assert (brief["state"]["records"], brief["state"]["earlier"]) == ([], [])
    assert brief["state"]["running"]["cell_id"] == "second"
    assert brief["state"]["totals"]["energy_j"]["value"] > 0


def test_in_a_long_cell_a_brief_lists_the_heaviest_cells_too(loaded, running):
    loaded.run(LIVE + "live.LISTED_EVERY = 1")
    Page.attached(loaded, live_power=True)
    loaded.run("sum(range(10**6))", cell_id="first")
    with running("second"):
        loaded.until(lambda: loaded.said("brief"))
    listed = loaded.said("brief")[-1]["state"]
    assert "first" in [row["cell_id"] for row in listed["earlier"]]
    assert listed["curve"]["joules"]["cpu"]


def test_what_is_used_between_cells_is_sent_before_the_next_one(loaded):
    loaded.run(LIVE + "live.PATIENCE = 1; live.BETWEEN_S = 1.0")
    Page.attached(loaded, live_power=True)
    loaded.run("x = 1")
    between = lambda: [one for one in loaded.said("power") if one["kind"] == "between"]
    loaded.until(lambda: len(between()) >= 2)
    used = [one["energy_j"]["value"] for one in between()]
    assert used == sorted(used) and used[0] > 0
    loaded.run("x = 2")
    gap = next(r for r in reversed(loaded.records()) if r["kind"] == "between")
    assert used[-1] < gap["energy_j"]["value"]


def test_a_zone_that_waited_behind_the_first_cells_holds_for_them(loaded):
    for number in range(3):
        loaded.run(f"x = {number}", cell_id=f"c{number}")
    Page.attached(loaded, zone="DE")
    loaded.run("x = 3")
    zones = [(r["intensity"]["zone"], r["intensity"]["instead_of"]) for r in loaded.records()]
    assert zones[-1] == ("DE", None)
    assert {zone for zone, _ in zones} == {"DE"}
    assert all(first not in (None, "DE") for _, first in zones[:-1])


def test_a_zone_that_comes_after_a_rest_holds_from_then_on(loaded):
    loaded.run("x = 1")
    first = loaded.records()[0]["intensity"]
    loaded.until(lambda: not loaded.eval(f"{LINK}.attached"))
    page = Page.attached(loaded, zone="DE")
    loaded.run("x = 2")
    records = [r for r in loaded.records() if r["kind"] == "cell"]
    assert [r["intensity"]["zone"] for r in records] == [first["zone"], "DE"]
    assert [one["intensity"]["zone"] for one in page.state["grids"]] == [first["zone"]]


def test_a_page_without_a_zone_takes_none_away(loaded):
    first = Page.attached(loaded, zone="DE")
    other = Page.opens(loaded, "other", hello())
    loaded.until(lambda: other.said("state"))
    assert other.state["intensity"]["zone"] == "DE"
    other.say(hello(type="configure", live_power=True))
    loaded.until(lambda: other.state["live_power"])
    assert other.state["intensity"]["zone"] == "DE"
    first.say(hello(type="configure"))
    loaded.until(lambda: first.state["intensity"]["zone"] != "DE")


def test_a_renamed_notebook_has_its_new_name_at_once(kernel, tmp_path):
    (tmp_path / "work").mkdir()
    old, new = tmp_path / "work" / "old.ipynb", tmp_path / "work" / "new.ipynb"
    new.touch()
    kernel.run(f"import os; os.environ['JPY_SESSION_NAME'] = {str(old)!r}")
    kernel.run("%load_ext greenlab")
    kernel.run("x = 1")
    page = Page.attached(kernel, notebook="work/old.ipynb")
    page.say({"type": "renamed", "notebook": "work/new.ipynb"})
    kernel.run("x = 2")
    assert [record["notebook"] for record in kernel.records()] == [str(old), str(new)]
