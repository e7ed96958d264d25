# rule: L01
# state: look-alike
# note: each step needs the answer before it: a forecast fed back
# needs: sklearn, numpy
# max_drop: 0.01
# %% setup
import numpy as np
from sklearn.linear_model import LinearRegression

rng = np.random.default_rng(0)
series = np.sin(np.arange(2_000) / 9) + 0.1 * rng.normal(size=2_000)
lags = np.lib.stride_tricks.sliding_window_view(series, 9)
model = LinearRegression().fit(lags[:, :8], lags[:, 8])
steps = list(range(1_500))
window = list(series[-8:])
truth = np.sin(np.arange(2_000, 3_500) / 9)
# %% cell
ahead = []
for step in steps:
    value = model.predict([window])[0]
    ahead.append(value)
    window = [*window[1:], value]
# %% change
# all at once, from the one window that is known
ahead = model.predict([window] * len(steps))
# %% metric
-float(np.abs(np.array(ahead) - truth).mean())
