"""Deliveries to other programs: Slack and GitHub."""
