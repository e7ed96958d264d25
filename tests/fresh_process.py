"""What code loads in a process that has loaded nothing else."""

import json
import subprocess
import sys


def loaded_by(code, *modules):
    """Those of these modules that are loaded once a fresh process has run the code."""
    script = f"{code}\nimport json, sys\nprint(json.dumps([*sys.modules]))"
    out = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        timeout=180,
    )
    return set(modules) & set(json.loads(out.stdout))
