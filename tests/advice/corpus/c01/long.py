# rule: C01
# state: look-alike
# note: ten minutes of work: listed, never shown
# signals: duration_s=900, intensity_g_per_kwh=480
# label: cited
# %% cell
total = sum(n * n for n in range(300_000))
# %% change
total = sum(n * n for n in range(300_000))
