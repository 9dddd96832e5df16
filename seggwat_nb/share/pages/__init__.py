"""Offline pages of what a panel shows, for other people."""
