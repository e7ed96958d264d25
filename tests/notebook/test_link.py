"""The comm, seen from a page."""

from __future__ import annotations

import time

TARGET = "greenlab"


def opened(kernel):
    return [m for m in kernel.comms if m["msg_type"] == "comm_open"]


def attach(kernel, **settings):
    """Say hello on the kernel's own comm, as a page does."""
    comm_id = opened(kernel)[0]["content"]["comm_id"]
    hello = {"type": "hello", "zone": "", "live_power": False} | settings
    kernel.comm_send("comm_msg", {"comm_id": comm_id, "data": hello})
    kernel.drain()
    return comm_id


def test_loading_calls_out_to_pages(kernel):
    kernel.run("%load_ext greenlab")
    kernel.drain()
    (message,) = opened(kernel)
    assert message["content"]["target_name"] == TARGET


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


def test_nonsense_from_a_page_is_passed_over(kernel):
    kernel.run("%load_ext greenlab")
    comm_id = attach(kernel)
    for data in ({}, {"type": "dance"}, {"type": "hello"}, {"type": "configure", "zone": 3}):
        kernel.comm_send("comm_msg", {"comm_id": comm_id, "data": data})
    reply = kernel.run("1 + 1")
    assert (reply.value, reply.text) == ("2", "")


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
    time.sleep(0.3)
    assert kernel.eval(names) == []
    attach(kernel, live_power=True)
    assert kernel.eval(names) == ["greenlab-live-power"]
    attach(kernel, live_power=False)
    time.sleep(0.3)
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
