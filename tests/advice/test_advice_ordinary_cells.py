"""Cells as people write them, about which there is nothing to say: advice is silent on them.

They stand apart from the corpus where a change would save, and still be none of its business,
as in a cell that compares two ways of doing.
"""

import time

import pytest
from advice_cells import ENERGY, run

from greenlab.advice import Signals, advise

TABLES = """\
import glob, tempfile
import numpy as np, pandas as pd
rng = np.random.default_rng(0)
n = 20_000
df = pd.DataFrame({
    "id": np.arange(n), "age": rng.integers(18, 90, n), "fare": rng.gamma(2, 20, n),
    "sex": rng.choice(["m", "f"], n), "city": rng.choice(list("ABCDEFGH"), n),
    "name": ["p%d x" % i for i in range(n)],
})
other = pd.DataFrame({"city": list("ABCDEFGH"), "pop": range(8)})
folder = tempfile.mkdtemp()
path = folder + "/t.csv"
df.to_csv(path, index=False)
for k in range(3):
    df.iloc[k::3].to_csv(f"{folder}/part{k}.csv", index=False)
"""
POLARS = f"{TABLES}import polars as pl\n"
SKLEARN = """\
import numpy as np, pandas as pd
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, learning_curve
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, LinearSVC
X, y = make_classification(2_500, 10, n_informative=8, random_state=0)
frame = pd.DataFrame(X, columns=[f"f{i}" for i in range(10)]).assign(c=np.where(y, "a", "b"))
"""
TORCH = """\
import time
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split
torch.manual_seed(0)
X = torch.randn(800, 64)
y = (X[:, :4].sum(1) > 0).long()
ds = TensorDataset(X, y)
train_ds, val_ds = random_split(ds, [600, 200])
train_loader = DataLoader(train_ds, batch_size=64, shuffle=True)
val_loader = DataLoader(val_ds, batch_size=256)
device = torch.device("cpu")
model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 2)).to(device)
big = nn.Sequential(nn.Linear(64, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.Linear(1024, 2))
opt = torch.optim.Adam(model.parameters(), 1e-3)
criterion = nn.CrossEntropyLoss()
"""
CELLS = {
    TABLES: [
        "df.describe(include='all')",
        "df['age'] = df['age'].fillna(df['age'].median())\ndf['sex'] = df['sex'].map({'m': 0})",
        "df.groupby('city')['fare'].agg(['mean', 'std', 'count']).sort_values('mean')",
        "frames = [pd.read_csv(p) for p in sorted(glob.glob(folder + '/part*.csv'))]\n"
        "whole = pd.concat(frames, ignore_index=True)",
        "merged = df.merge(other, on='city', how='left')\n"
        "merged.pivot_table(index='city', columns='sex', values='fare')",
        "df['title'] = df['name'].apply(lambda s: s.split()[1])",
        "for city, group in df.groupby('city'):\n    print(city, group['fare'].mean())",
        "for i, row in df.head(5).iterrows():\n    print(i, row['name'], row['fare'])",
        "res = pd.DataFrame()\nfor k in range(3):\n"
        "    res = pd.concat([res, pd.read_csv(f'{folder}/part{k}.csv')])",
        "rows = []\nfor city in df['city'].unique():\n    sub = df[df['city'] == city]\n"
        "    rows.append({'city': city, 'fare': sub['fare'].quantile(0.9)})",
        "import time\nt = time.time()\na = [r['fare'] * 2 for _, r in df.iterrows()]\n"
        "print(time.time() - t)\nt = time.time()\nb = (df['fare'] * 2).tolist()\n"
        "print(time.time() - t)",
    ],
    POLARS: [
        "a = pl.read_csv(path).select('fare', 'age')\n"
        "b = pl.scan_csv(path).select('fare', 'age').collect()\nassert a.equals(b)",
        "t = pl.read_csv(path)\nt.group_by('city').agg(pl.col('fare').mean())",
    ],
    SKLEARN: [
        "num = [c for c in frame.columns if c != 'c']\n"
        "pre = ColumnTransformer([('n', StandardScaler(), num), ('c', OneHotEncoder(), ['c'])])\n"
        "print(cross_val_score(make_pipeline(pre, LogisticRegression()), frame, y).mean())",
        "sums = [KMeans(k, n_init=2, random_state=0).fit(X).inertia_ for k in range(2, 6)]",
        "sizes, _, scores = learning_curve(LogisticRegression(), X, y, cv=3)",
        "for m in (GradientBoostingClassifier(n_estimators=5), "
        "HistGradientBoostingClassifier(max_iter=5)):\n    print(m.fit(X, y).score(X, y))",
        "a = SVC(kernel='linear').fit(X, y).score(X, y)\nb = LinearSVC().fit(X, y).score(X, y)",
        "a = SVC(kernel='linear').fit(X, y).score(X, y)\nb = SVC(kernel='rbf').fit(X, y)",
        "from sklearn.experimental import enable_halving_search_cv\n"
        "from sklearn.model_selection import HalvingGridSearchCV\n"
        "grid = {'C': list(np.logspace(-2, 2, 20))}\n"
        "a = GridSearchCV(LogisticRegression(), grid, cv=2).fit(X, y)\n"
        "b = HalvingGridSearchCV(LogisticRegression(), grid, cv=2, random_state=0).fit(X, y)",
        "for n in (5, 20):\n    print(n, RandomForestClassifier(n, n_jobs=1).fit(X, y).score(X, y))",
    ],
    TORCH: [
        "history = {'train': [], 'val': []}\nfor epoch in range(2):\n    model.train()\n"
        "    running = 0.0\n    for xb, yb in train_loader:\n"
        "        xb, yb = xb.to(device), yb.to(device)\n        opt.zero_grad()\n"
        "        loss = criterion(model(xb), yb)\n        loss.backward()\n        opt.step()\n"
        "        running += loss.item() * xb.size(0)\n    model.eval()\n    correct = 0\n"
        "    with torch.no_grad():\n        for xb, yb in val_loader:\n"
        "            correct += (model(xb).argmax(1) == yb).sum().item()\n"
        "    history['train'].append(running / len(train_ds))\n"
        "    history['val'].append(correct / len(val_ds))",
        "def train_epoch(model, loader, opt):\n    model.train()\n    total = 0\n"
        "    for xb, yb in loader:\n        opt.zero_grad()\n"
        "        loss = criterion(model(xb), yb)\n        loss.backward()\n        opt.step()\n"
        "        total += loss.item()\n    return total\n\n@torch.no_grad()\n"
        "def evaluate(model, loader):\n    model.eval()\n"
        "    return sum((model(xb).argmax(1) == yb).sum().item() for xb, yb in loader)\n\n"
        "for epoch in range(2):\n    train_epoch(model, train_loader, opt)\n"
        "    print(evaluate(model, val_loader))",
        "model.eval()\nwith torch.no_grad():\n"
        "    probs = torch.cat([model(xb).softmax(-1) for xb, yb in val_loader])",
        "x = X[:32].clone().requires_grad_(True)\nmodel.eval()\nfor _ in range(5):\n"
        "    g = torch.autograd.grad(model(x)[:, 1].sum(), x)[0]\n"
        "    x = (x + 0.01 * g.sign()).detach().requires_grad_(True)",
        "big.eval()\nt = time.time()\nwith torch.no_grad():\n    for _ in range(3): big(X)\n"
        "print(time.time() - t)\nt = time.time()\nwith torch.inference_mode():\n"
        "    for _ in range(3): big(X)\nprint(time.time() - t)",
        "for workers in (0, 1):\n    loader = DataLoader(ds, batch_size=64, num_workers=workers)\n"
        "    print(workers, sum(len(xb) for xb, yb in loader))\n    for xb, yb in loader: pass",
    ],
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("setup", "cell"),
    [(setup, cell) for setup, cells in CELLS.items() for cell in cells],
    ids=lambda text: text.splitlines()[0][:40],
)
def test_nothing_is_said_of_an_ordinary_cell(setup, cell):
    for module in ("sklearn", "polars", "torch"):
        if module in setup:
            pytest.importorskip(module)
    namespace: dict = {}
    run(setup, namespace)
    before = time.process_time()
    run(cell, namespace)
    used = max(time.process_time() - before, 1e-3)
    signals = Signals(used, ENERGY, cpu_s=used)
    advice = advise(
        cell, namespace, signals, cell_id="c1", cell_index=0, execution_count=1,
        source_hash="0" * 16, min_s=0.0,
    )  # fmt: skip
    assert [one.rule for one in advice if one.status == "shown"] == []


TIMED = """\
start = time.perf_counter()
for _ in range(2):
    begun = time.perf_counter()
    clf.fit(X, y)
    print(time.perf_counter() - begun)
print(time.perf_counter() - start)
"""
COMPARED = TIMED.replace("print(time.perf_counter() - start)", "start = time.perf_counter()")


@pytest.mark.parametrize(
    ("source", "status"),
    [
        (TIMED, "shown"),
        (f"{TIMED}start = time.perf_counter()\nclf.fit(X, y)\n", "candidate"),
        (f"{COMPARED}print(time.perf_counter() - start)\n", "candidate"),
        ("%time clf.fit(X, y)\n%time clf.fit(X, y)\n", "shown"),
    ],
)
def test_a_cell_that_times_several_things_gets_a_list_at_most(source, status):
    ensemble = pytest.importorskip("sklearn.ensemble")
    clf = ensemble.GradientBoostingClassifier(n_estimators=2)
    namespace: dict = {"time": time, "clf": clf}
    run("import numpy as np\nX = np.zeros((2_000, 2))\ny = np.arange(2_000) % 2", namespace)
    run(source, namespace)
    advice = advise(
        f"{source}\nclf.fit(X, y)", namespace, Signals(12.0, ENERGY, cpu_s=12.0), cell_id="c1",
        cell_index=0, execution_count=1, source_hash="0" * 16,
    )  # fmt: skip
    assert [one.status for one in advice if one.rule == "S01"] == [status]
