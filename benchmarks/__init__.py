"""Speed and accuracy, runnable by anyone; see RESULTS.md."""
