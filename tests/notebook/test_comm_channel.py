"""The comm, seen from a page."""

from __future__ import annotations

import math
import time

import pytest

from greenlab.notebook.comm_channel import Link

TARGET = "greenlab"


def opened(kernel):
    return [m for m in kernel.comms if m["msg_type"] == "comm_open"]


def attach(kernel, **settings):
    """Say hello on the kernel's own comm, as a page does."""
    comm_id = opened(kernel)[0]["content"]["comm_id"]
    kernel.comm_send("comm_msg", {"comm_id": comm_id, "data": hello(**settings)})
    kernel.drain()
    return comm_id


def hello(**settings):
    return {"type": "hello", "zone": "", "live_power": False} | settings


def open_comm(kernel, comm_id, data):
    content = {"comm_id": comm_id, "target_name": TARGET, "data": data, "target_module": None}
    kernel.comm_send("comm_open", content)


def said_on(kernel, comm_id, kind):
    """What came over one comm, as the page that has it hears it."""
    return [
        m["content"]["data"]
        for m in kernel.comms
        if m["msg_type"] == "comm_msg"
        and m["content"]["comm_id"] == comm_id
        and m["content"]["data"].get("type") == kind
    ]


def closed(kernel):
    return [m["content"]["comm_id"] for m in kernel.comms if m["msg_type"] == "comm_close"]


def test_loading_calls_out_to_pages(kernel):
    kernel.run("%load_ext greenlab")
    kernel.drain()
    (message,) = opened(kernel)
    assert message["content"]["target_name"] == TARGET


def test_the_comm_brings_the_state_along_and_records_before_a_page_can_ask(kernel):
    kernel.run("%load_ext greenlab")
    kernel.run("x = 1", cell_id="first")
    kernel.drain()
    (message,) = opened(kernel)
    assert message["content"]["data"]["type"] == "state"
    assert message["content"]["data"]["sensors"]
    (recorded,) = kernel.said("recorded")
    assert recorded["record"]["cell_id"] == "first"


def test_nothing_is_sent_any_more_where_no_page_answers(kernel):
    kernel.run("%load_ext greenlab")
    kernel.drain(3)
    kernel.run("x = 1")
    kernel.drain()
    assert kernel.said("recorded") == []


def test_a_hello_in_the_opening_is_answered_to_that_page_alone(kernel):
    kernel.run("%load_ext greenlab")
    attach(kernel)
    before = len(kernel.said("state"))
    open_comm(kernel, "mine", hello())
    kernel.drain(1)
    assert len(said_on(kernel, "mine", "state")) == 1
    assert len(kernel.said("state")) == before + 1


def test_changed_settings_are_told_to_every_page(kernel):
    kernel.run("%load_ext greenlab")
    first = attach(kernel)
    open_comm(kernel, "mine", hello())
    kernel.drain(1)
    kernel.comm_send(
        "comm_msg", {"comm_id": "mine", "data": hello(zone="DE", type="configure")}
    )
    kernel.drain(1)
    assert said_on(kernel, first, "state")[-1]["intensity"]["zone"] == "DE"


def test_a_flood_of_hellos_is_answered_in_few_messages(kernel):
    kernel.run("%load_ext greenlab")
    comm_id = attach(kernel)
    before = len(kernel.said("state"))
    for number in range(2000):
        data = hello(zone=f"Nowhere {number}")
        kernel.comm_send("comm_msg", {"comm_id": comm_id, "data": data})
    kernel.run("x = 1")
    kernel.drain(1.5)
    states = kernel.said("state")[before:]
    assert states[-1]["intensity"]["reason"].startswith("zone Nowhere 1999 is unknown")
    assert len(states) < 50


def test_a_page_that_opens_comms_without_end_keeps_the_latest(kernel):
    kernel.run("%load_ext greenlab")
    for number in range(100):
        open_comm(kernel, f"c{number}", hello())
    kernel.drain(1.5)
    assert closed(kernel).count("c0") == 1
    held = kernel.eval(
        "len(__import__('greenlab.notebook.extension', fromlist=['x']).current().link._comms)"
    )
    assert held == 16
    kernel.comms.clear()
    kernel.run("x = 1")
    kernel.drain()
    assert len(kernel.said("recorded")) == 16
    assert said_on(kernel, "c99", "recorded")


def test_a_zone_of_any_length_leaves_records_small(kernel):
    kernel.run("%load_ext greenlab")
    for length in (9_000, 1_000_000):
        attach(kernel, zone="x" * length)
        kernel.run("x = 1")
        record = kernel.records()[-1]
        assert len(str(record["intensity"])) < 1000


def test_a_batch_client_is_not_called_and_a_page_may_attach_all_the_same(kernel):
    as_nbclient = {"allow_stdin": False, "stop_on_error": True}
    kernel.wait(kernel.client.execute("%load_ext greenlab", **as_nbclient))
    kernel.drain()
    assert opened(kernel) == []
    kernel.comm_send(
        "comm_open",
        {"comm_id": "mine", "target_name": TARGET, "data": {}, "target_module": None},
    )
    hello = {"type": "hello", "zone": "", "live_power": False}
    kernel.comm_send("comm_msg", {"comm_id": "mine", "data": hello})
    kernel.drain()
    assert kernel.said("state")


def test_a_page_that_loads_silently_is_called(kernel):
    kernel.wait(kernel.client.execute("%load_ext greenlab", silent=True, allow_stdin=False))
    kernel.drain()
    assert len(opened(kernel)) == 1


def test_a_page_whose_cells_a_server_runs_is_called(kernel):
    kernel.wait(kernel.client.execute("%load_ext greenlab", allow_stdin=True))
    kernel.drain()
    assert len(opened(kernel)) == 1


def test_a_page_gets_the_state_then_every_record(kernel):
    kernel.run("%load_ext greenlab")
    kernel.run("x = 1", cell_id="first")
    attach(kernel)
    (state,) = kernel.said("state")
    assert [record["cell_id"] for record in state["records"]] == ["first"]
    assert state["totals"]["cells"] == 1
    assert state["sensors"]
    kernel.run("x = 2", cell_id="second")
    kernel.drain()
    recorded = kernel.said("recorded")[-1]
    assert recorded["record"]["cell_id"] == "second"
    assert recorded["totals"]["cells"] == 2


def test_totals_are_the_sum_of_the_records(kernel):
    kernel.run("%load_ext greenlab")
    for _ in range(3):
        kernel.run("sum(range(10**5))")
    attach(kernel)
    total = kernel.said("state")[-1]["totals"]["energy_j"]["value"]
    values = [record["energy_j"]["value"] for record in kernel.records()]
    assert abs(total - sum(values)) < 1e-9 * max(1, total)


def test_a_page_may_open_its_own_comm(kernel):
    kernel.run("%load_ext greenlab")
    kernel.comm_send(
        "comm_open",
        {"comm_id": "mine", "target_name": TARGET, "data": {}, "target_module": None},
    )
    hello = {"type": "hello", "zone": "DE", "live_power": False}
    kernel.comm_send("comm_msg", {"comm_id": "mine", "data": hello})
    kernel.drain()
    assert kernel.said("state")[-1]["intensity"]["zone"] == "DE"


def test_without_the_extension_the_comm_closes(kernel):
    kernel.comm_send(
        "comm_open",
        {"comm_id": "mine", "target_name": TARGET, "data": {}, "target_module": None},
    )
    kernel.drain(1)
    assert [m["content"]["comm_id"] for m in kernel.comms if m["msg_type"] == "comm_close"] == [
        "mine"
    ]


def test_a_front_end_without_us_closes_in_silence(kernel):
    kernel.run("%load_ext greenlab")
    kernel.drain()
    comm_id = opened(kernel)[0]["content"]["comm_id"]
    kernel.comm_send("comm_close", {"comm_id": comm_id, "data": {}})
    reply = kernel.run("1 + 1")
    assert reply.value == "2"
    assert reply.text == ""


def test_nonsense_from_a_page_is_passed_over(kernel, capfd):
    kernel.run("%load_ext greenlab")
    comm_id = attach(kernel)
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
    before = len(kernel.said("state"))
    for data in nonsense:
        kernel.comm_send("comm_msg", {"comm_id": comm_id, "data": data})
    kernel.comm_send("comm_msg", {"comm_id": comm_id})
    for number, data in enumerate(nonsense):
        open_comm(kernel, f"nonsense {number}", data)
    kernel.drain(1)
    assert len(kernel.said("state")) == before
    reply = kernel.run("1 + 1")
    assert (reply.value, reply.text) == ("2", "")
    assert "Traceback" not in capfd.readouterr().err
    open_comm(kernel, "sane", hello())
    kernel.drain(1)
    assert said_on(kernel, "sane", "state")


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


def test_live_power_comes_while_a_cell_runs_and_only_then(kernel):
    kernel.run("%load_ext greenlab")
    attach(kernel, live_power=True)
    before = len(kernel.said("power"))
    kernel.run(
        "import time\nend = time.monotonic() + 5\n"
        "while time.monotonic() < end: sum(range(1000))"
    )
    kernel.drain()
    power = kernel.said("power")[before:]
    assert 2 <= len(power) <= 4
    assert all(message["power_w"]["value"] > 0 for message in power)
    energies = [message["energy_j"]["value"] for message in power]
    assert energies == sorted(energies)
    kernel.drain(1.5)
    assert len(kernel.said("power")[before:]) == len(power)


def test_no_thread_of_ours_lives_between_cells_unless_somebody_watches(kernel):
    names = "[t.name for t in __import__('threading').enumerate() if 'greenlab' in t.name]"
    kernel.run("%load_ext greenlab")
    kernel.run("sum(range(10**6))")
    time.sleep(5)  # until then the page that was called may attach
    assert kernel.eval(names) == []
    attach(kernel, live_power=True)
    assert kernel.eval(names) == ["greenlab-live-power"]
    attach(kernel, live_power=False)
    time.sleep(1)
    assert kernel.eval(names) == []


def test_unloading_tells_the_page(kernel):
    kernel.run("%load_ext greenlab")
    attach(kernel)
    kernel.run("%unload_ext greenlab")
    kernel.drain()
    assert kernel.said("unloaded")
    assert any(m["msg_type"] == "comm_close" for m in kernel.comms)


def test_a_wrong_zone_is_said_and_nothing_is_made_up(kernel):
    kernel.run("%load_ext greenlab")
    attach(kernel, zone="Atlantis")
    intensity = kernel.said("state")[-1]["intensity"]
    assert intensity["value"] is None
    assert intensity["reason"]
    kernel.run("sum(range(10**5))")
    record = kernel.records()[-1]
    assert record["emissions_g"]["value"] is None
    assert record["energy_j"]["value"] is not None


def test_the_total_moves_with_the_running_cell_and_is_met_by_its_record(kernel):
    kernel.run("%load_ext greenlab")
    attach(kernel, live_power=True)
    before = len(kernel.said("power"))
    kernel.run(
        "import time\nend = time.monotonic() + 5\n"
        "while time.monotonic() < end: sum(range(1000))"
    )
    kernel.drain()
    power = kernel.said("power")[before:]
    so_far = [message["totals"]["energy_j"]["value"] for message in power]
    assert so_far == sorted(so_far)
    assert [message["totals"]["cells"] for message in power] == [1] * len(power)
    for message in power:
        parts = message["totals"]["by_kind"].values()
        assert sum(part["value"] for part in parts) == pytest.approx(
            message["totals"]["energy_j"]["value"]
        )
    recorded = kernel.said("recorded")[-1]
    assert so_far[-1] < recorded["totals"]["energy_j"]["value"] < 2.5 * so_far[-1]


def test_a_record_goes_out_before_the_next_cell_of_a_queue_has_ended(kernel):
    kernel.run("%load_ext greenlab")
    attach(kernel, live_power=True)
    kernel.send("x = 1", "first")
    kernel.wait(kernel.send("import time; time.sleep(4)", "second"))
    order = [
        data["type"] if data["type"] == "power" else data["record"]["cell_id"]
        for m in kernel.comms
        if m["msg_type"] == "comm_msg"
        and (data := m["content"]["data"])["type"] in ("power", "recorded")
    ]
    assert order.index("first") < order.index("power")


def test_a_brief_comes_while_a_cell_runs_for_pages_that_cannot_ask(kernel):
    kernel.run("%load_ext greenlab")
    attach(kernel, live_power=True)
    kernel.run("sum(range(10**6))", cell_id="first")
    kernel.run("import time; time.sleep(6)", cell_id="second")
    kernel.drain()
    (brief,) = kernel.said("brief")
    assert (brief["state"]["records"], brief["state"]["earlier"]) == ([], [])
    assert brief["state"]["running"]["cell_id"] == "second"
    assert brief["state"]["totals"]["energy_j"]["value"] > 0


def test_in_a_long_cell_a_brief_lists_the_heaviest_cells_too(kernel):
    kernel.run("%load_ext greenlab")
    kernel.run("import greenlab.notebook.live_power as live; live.LISTED_EVERY = 1")
    attach(kernel, live_power=True)
    kernel.run("sum(range(10**6))", cell_id="first")
    kernel.run("import time; time.sleep(5)", cell_id="second")
    kernel.drain()
    listed = kernel.said("brief")[-1]["state"]
    assert "first" in [row["cell_id"] for row in listed["earlier"]]
    assert listed["curve"]["joules"]["cpu"]


def test_what_is_used_between_cells_is_told_before_the_next_one(kernel):
    kernel.run("%load_ext greenlab")
    kernel.run(
        "import greenlab.notebook.live_power as live; live.PATIENCE = 1; live.BETWEEN_S = 1.0"
    )
    attach(kernel, live_power=True)
    kernel.run("x = 1")
    kernel.drain(10)
    between = [one for one in kernel.said("power") if one["kind"] == "between"]
    used = [one["energy_j"]["value"] for one in between]
    assert len(used) >= 2
    assert used == sorted(used) and used[0] > 0
    kernel.run("x = 2")
    kernel.drain()
    gap = next(r for r in reversed(kernel.records()) if r["kind"] == "between")
    assert used[-1] < gap["energy_j"]["value"]


def test_a_zone_that_waited_behind_the_first_cells_holds_for_them(kernel):
    kernel.run("%load_ext greenlab")
    for number in range(3):
        kernel.run(f"x = {number}", cell_id=f"c{number}")
    attach(kernel, zone="DE")
    kernel.run("x = 3")
    zones = [(r["intensity"]["zone"], r["intensity"]["instead_of"]) for r in kernel.records()]
    assert zones[-1] == ("DE", None)
    assert {zone for zone, _ in zones} == {"DE"}
    assert all(first not in (None, "DE") for _, first in zones[:-1])


def test_a_zone_that_comes_after_a_rest_holds_from_then_on(kernel):
    kernel.run("%load_ext greenlab")
    kernel.run("x = 1")
    first = kernel.records()[0]["intensity"]
    time.sleep(5)
    attach(kernel, zone="DE")
    kernel.run("x = 2")
    records = [r for r in kernel.records() if r["kind"] == "cell"]
    assert [r["intensity"]["zone"] for r in records] == [first["zone"], "DE"]
    grids = kernel.said("state")[-1]["grids"]
    assert [one["intensity"]["zone"] for one in grids] == [first["zone"]]


def test_a_page_without_a_zone_takes_none_away(kernel):
    kernel.run("%load_ext greenlab")
    first = attach(kernel, zone="DE")
    open_comm(kernel, "other", hello())
    kernel.drain(1)
    assert said_on(kernel, "other", "state")[-1]["intensity"]["zone"] == "DE"
    toggled = hello(type="configure", live_power=True)
    kernel.comm_send("comm_msg", {"comm_id": "other", "data": toggled})
    kernel.drain(1)
    assert kernel.said("state")[-1]["intensity"]["zone"] == "DE"
    cleared = hello(type="configure")
    kernel.comm_send("comm_msg", {"comm_id": first, "data": cleared})
    kernel.drain(1)
    assert kernel.said("state")[-1]["intensity"]["zone"] != "DE"


def test_a_renamed_notebook_has_its_new_name_at_once(kernel, tmp_path):
    (tmp_path / "work").mkdir()
    old, new = tmp_path / "work" / "old.ipynb", tmp_path / "work" / "new.ipynb"
    new.touch()
    kernel.run(f"import os; os.environ['JPY_SESSION_NAME'] = {str(old)!r}")
    kernel.run("%load_ext greenlab")
    kernel.run("x = 1")
    comm_id = attach(kernel, notebook="work/old.ipynb")
    data = {"type": "renamed", "notebook": "work/new.ipynb"}
    kernel.comm_send("comm_msg", {"comm_id": comm_id, "data": data})
    kernel.run("x = 2")
    assert [record["notebook"] for record in kernel.records()] == [str(old), str(new)]
