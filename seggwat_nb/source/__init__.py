"""Everything that talks to the API or stores its responses: requests, crawls and snapshots."""
