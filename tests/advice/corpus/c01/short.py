# rule: C01
# state: look-alike
# note: seconds of work
# signals: duration_s=5
# label: cited
# %% cell
total = sum(n * n for n in range(300_000))
# %% change
total = sum(n * n for n in range(300_000))
