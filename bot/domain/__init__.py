"""The rules, without input or output: time, randomness and storage come in as arguments."""
