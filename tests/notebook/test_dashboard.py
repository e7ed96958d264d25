"""The widget in a real kernel: it draws, and follows what runs after it."""

from __future__ import annotations

NEW = "%load_ext greenlab\nimport greenlab"


def test_it_draws_and_follows(kernel):
    kernel.run(NEW)
    assert kernel.run("box = greenlab.dashboard()").status == "ok"
    assert "1 cell run," in kernel.run("box.children[0].value").value
    cpu = "box.children[1].data[0]"
    before = int(kernel.run(f"len({cpu}.y)").value)
    kernel.run("x = sum(range(10**6))")
    assert int(kernel.run(f"len({cpu}.y)").value) > before
    assert kernel.run(f"len({cpu}.x) == len({cpu}.y)").value == "True"
    assert kernel.run(f"{cpu}.visible").value == "True"
    assert kernel.run(f"{cpu}.y[0]").value == "0.0"
    kernel.run("import time; time.sleep(0)")
    names = kernel.run("list(box.children[2].data[0].x)").value
    assert "[3]" in names
    assert "span" not in names
    assert kernel.run(f"all(a <= b for a, b in zip({cpu}.y, {cpu}.y[1:]))").value == "True"
    assert kernel.run("box.close()").status == "ok"
    assert "warning" not in kernel.run("%greenlab").text


def test_it_draws_before_anything_was_weighed(kernel):
    kernel.run("import greenlab")
    assert kernel.run("box = greenlab.dashboard()").status == "ok"
    assert "energy not known" in kernel.run("box.children[0].value").value
