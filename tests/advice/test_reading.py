"""What reading alone lists: one place a notebook, where the work is done, and no noise."""

import pytest

from greenlab.advice import read

TORCH = "import torch\nfrom torch import nn"
BIG = "net = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10))"
LOOP = (
    "for epoch in range(5):\n    for xb, yb in loader:\n        loss = loss_of(net(xb), yb)\n"
    "        loss.backward()\n        optimizer.step()"
)
TRAIN = f"def train(net, loader):\n{chr(10).join('    ' + row for row in LOOP.splitlines())}"
TRAINER = (
    "from transformers import Trainer, TrainingArguments, AutoModelForSequenceClassification\n"
    "model = AutoModelForSequenceClassification.from_pretrained('me/mine')"
)
READ = "import pandas as pd\ndf = pd.read_csv(path)"
ROWS = "out = []\nfor i, row in df.iterrows():\n    out.append(row['a'] * 2 + row['b'])"


def listed(*cells):
    return [(one.rule, one.cell_index) for one in read([(None, cell) for cell in cells])]


@pytest.mark.parametrize(
    ("cells", "where"),
    [
        ((TORCH, BIG, LOOP), 2),
        ((TORCH, BIG, TRAIN, "train(net, loader)"), 3),
        ((TORCH, BIG, f"{TRAIN}\ndef main():\n    train(net, loader)", "x = 1", "main()"), 4),
        ((TORCH, "WIDTH = 600", "net = nn.Linear(WIDTH, WIDTH)", LOOP), 3),
        (
            (
                TORCH,
                "class Net(nn.Module):\n    def __init__(self, hidden=1024):\n"
                "        self.a = nn.Linear(256, hidden)",
                f"class Fitter:\n    def fit(self, net, loader):\n"
                + "\n".join("        " + row for row in LOOP.splitlines()),
                "f = Fitter()\nf.fit(Net(), loader)",
            ),
            3,
        ),
        ((f"{TORCH}\nimport torchvision", "net = torchvision.models.resnet18()", LOOP), 2),
        ((TRAINER, "trainer = Trainer(model, TrainingArguments('o'))", "trainer.train()"), 2),
        (
            (
                "import lightning as L\nfrom torch import nn",
                "class M(L.LightningModule):\n    def __init__(self):\n"
                "        self.a = nn.Linear(800, 800)",
                "trainer = L.Trainer(max_epochs=3)\ntrainer.fit(M(), loader)",
            ),
            2,
        ),
    ],
)
def test_a_training_in_full_precision_is_listed_where_it_runs(cells, where):
    assert listed(*cells) == [("T01", where)]


@pytest.mark.parametrize(
    "cells",
    [
        (BIG, LOOP),  # whatever has a backward(): no torch
        ("import tensorflow as tf\nnet = tf.keras.Sequential()", LOOP),
        (TORCH, BIG, TRAIN),  # only defined
        (TORCH, "net = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 2))", LOOP),
        (TORCH, "x = torch.ones(3, requires_grad=True)\ny = (x ** 2).sum()\ny.backward()"),
        (
            TORCH,
            BIG,
            "with torch.no_grad():\n    print(net(batch).argmax())",
        ),  # a single forward
        (TORCH, BIG, "scaler = torch.amp.GradScaler('cuda')", LOOP),
        (TORCH, BIG, LOOP.replace("loss =", "with torch.autocast('cuda'): loss =")),
        (TRAINER, "args = TrainingArguments('o', fp16=True)", "Trainer(model, args).train()"),
        # The large one is never trained, the small one is.
        (
            TORCH,
            BIG,
            f"def fit():\n    net = nn.Linear(8, 32)\n{chr(10).join('    ' + r for r in LOOP.splitlines())}",
            "fit()",
        ),
        (TORCH, "enc = nn.Conv2d(1, 6, 5)\nfc = nn.Linear(400, 120)", LOOP),  # LeNet
    ],
)
def test_no_training_is_listed_that_may_not_gain(cells):
    assert listed(*cells) == []


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ((READ, ROWS), [("P01", 1)]),
        ((READ, "df['c'] = df.apply(lambda r: r['a'] + r['b'], axis=1)"), [("P01", 1)]),
        (
            (READ, "def f(r):\n    return r['a'] * 2\ndf['c'] = df.apply(f, axis=1)"),
            [("P01", 1)],
        ),
        (
            (READ, "for i in range(len(df)):\n    df.loc[i, 'c'] = df.loc[i, 'a'] * 2"),
            [("P01", 1)],
        ),
        ((READ, "def add(df):\n" + "\n".join("    " + r for r in ROWS.splitlines())), []),
        ((READ, f"df = df.head(20)\n{ROWS}"), []),
        ((READ, ROWS.replace("df.", "df.head().")), []),
        ((READ, ROWS.replace("df.", "df[:10].")), []),
        (("import pandas as pd\ndf = pd.DataFrame({'a': [1, 2], 'b': [3, 4]})", ROWS), []),
        ((READ, "top = df.groupby('g').mean()", ROWS.replace("df", "top")), []),
        ((READ, "for i, r in df.iterrows():\n    print(r['a'])"), []),
        ((READ, "for i, r in df.iterrows():\n    plt.text(r['x'], r['y'], r['name'])"), []),
        (
            (
                READ,
                "for i, r in df.iterrows():\n    folium.Marker([r['lat'], r['lon']]).add_to(m)",
            ),
            [],
        ),
        ((READ, "for i, r in df.iterrows():\n    r['a'] = requests.get(r['url']).json()"), []),
        ((READ, ROWS, ROWS.replace("* 2", "* 3")), [("P01", 1)]),  # once a notebook
    ],
)
def test_work_on_rows(cells, found):
    assert listed(*cells) == found


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (
            (
                "import keras\nm = keras.Sequential()",
                "m.fit(X, y, epochs=50, validation_split=.2)",
            ),
            1,
        ),
        (("import keras\nE = 100\nm = keras.Sequential()", "m.fit(X, y, epochs=E, validation_data=(a, b))"), 1),
        (("import keras", "m.fit(X, y, epochs=20, validation_split=.2)"), None),
        (("import keras", "m.fit(X, y, epochs=50)"), None),  # nothing judges it
        (
            (
                "import keras\nstop = keras.callbacks.EarlyStopping()",
                "m.fit(X, y, epochs=99, validation_split=.1, callbacks=[stop])",
            ),
            None,
        ),
        (("from river import m", "m.fit(X, y, epochs=50, validation_split=.2)"), None),
    ],
)
def test_keras_trainings_of_many_epochs(cells, found):
    assert listed(*cells) == ([] if found is None else [("T12", found)])


@pytest.mark.parametrize("epochs", [3, 10])
def test_trainers_of_many_epochs(epochs):
    args = f"args = TrainingArguments('o', num_train_epochs={epochs}, fp16=True)"
    made = "trainer = Trainer(model, args, eval_dataset=held)"
    found = [("T12", 3)] if epochs >= 10 else []
    assert listed(TRAINER, args, made, "trainer.train()") == found


def test_lightning_of_many_epochs():
    cells = (
        "import pytorch_lightning as pl\nimport torch",
        "class M(pl.LightningModule):\n    def validation_step(self, b, i):\n        pass",
        "t = pl.Trainer(max_epochs=80, precision=16)",
        "t.fit(M())",
    )
    assert listed(*cells) == [("T12", 3)]
    assert listed(cells[0], cells[1], cells[2].replace("80", "10"), cells[3]) == []


GENERATE = "from transformers import AutoModelForCausalLM\nmodel = AutoModelForCausalLM.from_pretrained(n)"
TOKENIZE = (
    "from transformers import AutoTokenizer\ntokenizer = AutoTokenizer.from_pretrained('x')\n"
    "def prepare(batch):\n    return tokenizer(batch['text'], padding='max_length', truncation=True)"
)


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ((GENERATE, "out = model.generate(ids, use_cache=False)"), [("L02", 1)]),
        ((GENERATE, "out = model.generate(ids)"), []),
        ((GENERATE, "model.config.use_cache = False"), []),  # for training with checkpoints
        ((GENERATE, "m = AutoModelForCausalLM.from_pretrained(n, use_cache=False)"), []),
        (
            (
                GENERATE,
                "a = model.generate(i, use_cache=False)",
                "b = model.generate(i, use_cache=True)",
            ),
            [],
        ),
        ((TOKENIZE, "data = data.map(prepare, batched=True)"), [("L03", 1)]),
        ((TOKENIZE,), []),  # never used
        (
            (
                TOKENIZE.replace("truncation", "max_length=32, truncation"),
                "data = data.map(prepare)",
            ),
            [],
        ),
        (
            (f"{TOKENIZE}\nfrom transformers import CLIPTextModel", "data = data.map(prepare)"),
            [],
        ),
        (
            (
                TOKENIZE.split("def")[0],
                "class Texts(Dataset):\n    def __getitem__(self, i):\n"
                "        return tokenizer(self.t[i], padding='max_length', max_length=256)",
                "train = Texts(t)",
            ),
            [("L03", 2)],
        ),
    ],
)
def test_language_models(cells, found):
    assert listed(*cells) == found


GRID = "from sklearn.model_selection import GridSearchCV\nfrom sklearn.svm import SVC"
BOOST = "from sklearn.ensemble import GradientBoostingClassifier as GB"


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ((GRID, "g = {'C': [1, 2, 3, 4, 5], 'gamma': [1, 2, 3, 4]}", "GridSearchCV(SVC(), g).fit(X, y)"), [("S02", 2)]),
        ((GRID, "g = dict(C=[1, 2])", "GridSearchCV(SVC(), g).fit(X, y)"), []),
        ((GRID, "g = {'C': range(1, 30)}", "s = GridSearchCV(SVC(), g)", "s.fit(X, y)"), [("S02", 2)]),
        ((GRID, "g = {'C': [1, 2, 3]}", "GridSearchCV(SVC(), g).fit(X, y)"), []),
        (
            (GRID, "from sklearn.datasets import load_iris\nX, y = load_iris(return_X_y=True)",
             "GridSearchCV(SVC(), {'C': list(range(50))}).fit(X, y)"),
            [],
        ),
        ((GRID, "s = GridSearchCV(SVC(), {'C': [*range(50)]}).fit(X, y)", "s.cv_results_"), []),
        ((BOOST, "m = GB()", "m.fit(X, y)"), [("S01", 2)]),
        ((BOOST, "pairs = [('a', GB())]", "for n, m in pairs:\n    cross_val_score(m, X, y)"), [("S01", 2)]),
        ((BOOST, "v = VotingClassifier([('gb', GB())])\ndef f(m):\n    m.fit(X, y)", "f(v)"), [("S01", 2)]),
        ((BOOST, "m = GB()"), []),  # never fitted
        ((BOOST, "m = GB().fit(X, y)", "m.feature_importances_"), []),
        ((BOOST, "from sklearn.datasets import load_breast_cancer", "m = GB().fit(X, y)"), []),
        ((BOOST, "X, y = make_classification(n_samples=400)", "m = GB().fit(X, y)"), []),
    ],
)  # fmt: skip
def test_estimators(cells, found):
    assert listed(*cells) == found


@pytest.mark.parametrize(
    "cells",
    [
        (),
        ("", "def f(:"),
        ("%%bash\nls", "!pip install x", "a = b = = c"),
        ("def a():\n    b()\ndef b():\n    a()\na()",),  # each calls the other
        ("df = df\nfor i, r in df.iterrows():\n    x.append(r['a'])",),
        ("x = " + "(" * 60 + "1" + ")" * 60,),
    ],
)
def test_odd_notebooks(cells):
    assert listed(*cells) == []
