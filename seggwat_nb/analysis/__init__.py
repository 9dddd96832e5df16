"""Pure functions that turn a frame into a small frame, without network access or widgets."""
