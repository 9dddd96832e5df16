"""Offline pages that show other people what a panel shows."""
