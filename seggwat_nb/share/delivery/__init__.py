"""What is sent to other programs: Slack and GitHub."""
