"""Pure functions: a frame in, a small frame out; no network, no widget."""
