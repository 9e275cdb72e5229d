"""The runtime: it knows how to answer, deliver and count, never what is said."""
