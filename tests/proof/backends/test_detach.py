"""What a forked copy shares with the kernel by its nature, and must not change."""

import logging
import socket
import sys

import numpy as np
import pytest

from greenlab.proof import CodeVersion

from tests.proof import workload

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no fork")


@pytest.fixture
def run(tmp_path):
    """Run source in a copy of this process; what went wrong there, if anything did."""
    from greenlab import session
    from greenlab.proof.backends.fork import Base, freeze
    from greenlab.proof.weighed_run import Runner
    from greenlab.proof.protocol import Terms

    def run(source, space):
        version = CodeVersion.of(source)
        folder = tmp_path / "proof"
        folder.mkdir()
        runner = Runner((version, version), space, Terms(), session.current().meter)
        bench = freeze(Base(runner, folder, folder))
        try:
            return bench.run(0, 1, 30).error
        finally:
            bench.stop()

    return run


@pytest.mark.parametrize("then", ["there", "gone", "another"])
def test_an_array_over_a_file(run, tmp_path, then):
    path = tmp_path / "a.bin"
    array = np.memmap(path, dtype="f8", mode="w+", shape=(3000,))
    array[:] = range(3000)
    if then != "there":
        path.unlink()
    if then == "another":
        path.write_bytes(bytes(array.nbytes))
    view = np.asarray(array)[1:]
    source = "assert array[2999] == 2999\narray += 1\nview *= 2\nassert view[0] == 4"
    assert run(source, {"array": array, "view": view}) is None
    assert array.tolist() == list(range(3000))


def test_memory_of_several_processes(run):
    torch = pytest.importorskip("torch")
    model = torch.nn.Linear(2, 2).share_memory()
    before = [one.tolist() for one in model.parameters()]
    source = "with torch.no_grad():\n    model.weight.add_(1)\n    model.bias.add_(1)"
    assert run(source, {"model": model, "torch": torch}) is None
    assert [one.tolist() for one in model.parameters()] == before


def test_a_log_that_is_open(run, tmp_path):
    path = tmp_path / "run.log"
    handler = logging.FileHandler(path)
    log = logging.getLogger("greenlab.tests.apart")
    log.addHandler(handler)
    try:
        log.warning("of the kernel")
        assert (
            run("import logging\nlogging.getLogger(name).warning('x')", {"name": log.name})
            is None
        )
        log.warning("again")
    finally:
        log.removeHandler(handler)
        handler.close()
    assert path.read_text() == "of the kernel\nagain\n"


def test_what_a_file_has_not_yet_written(run, tmp_path):
    path = tmp_path / "a.txt"
    with path.open("w") as file:
        file.write("once")
        assert run("file = None", {"file": file}) is None
    assert path.read_text() == "once"


def test_a_connection(run):
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = socket.create_connection(server.getsockname())
        there, _ = server.accept()
        with here, there:
            assert "Error" in run("here.send(b'of the copy')", {"here": here})
            here.send(b"of the kernel")
            assert there.recv(100) == b"of the kernel"


def test_a_name_of_another_machine_is_not_looked_up(run):
    error = run("import socket\nsocket.getaddrinfo('localhost', 80)", {})
    assert error == "it uses the network; what it needs must be here already"


def test_joblibs_workers(run):
    joblib = pytest.importorskip("joblib")
    work = joblib.Parallel(n_jobs=2)
    calls = [joblib.delayed(workload.spin)(1)] * 4
    work(calls)
    assert run("work(calls)", {"work": joblib.Parallel(n_jobs=2), "calls": calls}) is None
    work(calls)
    joblib.externals.loky.get_reusable_executor().shutdown(kill_workers=True)
