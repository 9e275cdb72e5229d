"""Figures against named peers, measured side by side in the same run: python -m benchmarks [NAME...]."""
