# rule: C01
# state: fixed
# note: ten minutes on a clean grid
# signals: duration_s=900, intensity_g_per_kwh=20
# label: cited
# %% cell
total = sum(n * n for n in range(300_000))
