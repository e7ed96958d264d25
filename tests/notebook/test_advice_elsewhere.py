"""Advice about a function of an earlier cell names that cell, in a real kernel."""

import json

CELLS = {
    "load": "import numpy as np, pandas as pd\n%load_ext greenlab",
    "define": (
        "def clean(df):\n"
        "    out = []\n"
        "    for _, row in df.iterrows():\n"
        "        out.append(row['a'] * 2)\n"
        "    return out"
    ),
    "heavy": "df = pd.DataFrame({'a': np.arange(30_000.0)})\nout = clean(df)",
}
ASK = """\
import json
from IPython import get_ipython
from greenlab.notebook.cell_texts import CellTexts
from greenlab.cellcode.reached import reached
shell = get_ipython()
texts = CellTexts(shell)
units = reached("clean(df)", shell.user_ns, texts)
place = units[1].code.origin.place
print(json.dumps([len(units), place.function, place.execution_count, place.source_hash,
                  [text.place.execution_count for text in texts.cells()][-3:]]))
"""


def test_the_kernel_knows_which_cell_defined_a_function(kernel):
    from greenlab.cellcode.source_hash import source_hash

    counts = {}
    for cell_id, source in CELLS.items():
        counts[cell_id] = kernel.run(source, cell_id=cell_id).content["execution_count"]
    said = json.loads(kernel.run(ASK, cell_id="ask").text.strip().splitlines()[-1])
    assert said[:3] == [2, "clean", counts["define"]]
    assert said[3] == source_hash(CELLS["define"])


def test_a_function_under_a_magic_is_found_by_its_name(kernel):
    kernel.run("import numpy as np, pandas as pd", cell_id="a")
    count = kernel.run("%%time\n" + CELLS["define"], cell_id="b").content["execution_count"]
    kernel.run(CELLS["heavy"], cell_id="c")
    said = json.loads(kernel.run(ASK, cell_id="ask").text.strip().splitlines()[-1])
    assert said[:3] == [2, "clean", count]
