"""scikit-learn: how a cell uses its estimators."""
