"""Reports, exports and messages: everything that leaves the machine."""
