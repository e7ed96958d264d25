"""`src/types.ts` says what the dataclasses say."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_types_ts_is_what_the_generator_writes():
    spec = importlib.util.spec_from_file_location(
        "generate_types", ROOT / "tools" / "generate_types.py"
    )
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    written = (ROOT / "src" / "types.ts").read_text(encoding="utf-8")
    assert written == generator.render(), "stale: run `python tools/generate_types.py`"
