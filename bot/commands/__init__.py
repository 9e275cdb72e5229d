"""The commands of the command line, one module per kind; each takes settings and options and gives an exit code."""
