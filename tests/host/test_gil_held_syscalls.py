"""System calls that keep the interpreter's lock say what those of `os` say."""

import os
import subprocess
import sys

import pytest

from greenlab.host.gil_held_syscalls import QuickReader, has_children
from tests.turns import Turns

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere they are os's own")


def test_a_file_is_read_again_from_its_start(tmp_path):
    path = tmp_path / "counter"
    path.write_bytes(b"12345\n")
    reader = QuickReader(path, 32)
    assert reader.read() == b"12345\n"
    path.write_bytes(b"7\n")
    assert reader.read() == b"7\n"
    path.write_bytes(b"x" * 40)
    assert reader.read() == b"x" * 32
    reader.close()


def test_what_cannot_be_read_raises(tmp_path):
    with pytest.raises(FileNotFoundError):
        QuickReader(tmp_path / "none", 32)
    reader = QuickReader(tmp_path, 32)
    with pytest.raises(IsADirectoryError):
        reader.read()
    reader.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        reader.read()
    reader.close()


def test_children_are_seen_until_they_are_waited_for():
    code = (
        "import os\n"
        "from greenlab.host.gil_held_syscalls import has_children\n"
        "seen = [has_children()]\n"
        "pid = os.fork()\n"
        "if not pid: os._exit(0)\n"
        "os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)\n"
        "seen.append(has_children())\n"
        "os.waitpid(pid, 0)\n"
        "print(*seen, has_children())"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert told.stdout.split() == ["False", "True", "False"], told.stderr


@linux_only
def test_the_interpreter_s_lock_is_kept(no_gc):
    reader = QuickReader("/proc/stat", 256)
    with Turns() as turns:
        assert turns.during(lambda: (reader.read(), has_children())) == 0
        assert turns.during(lambda: os.stat("/")) > 0
    reader.close()
