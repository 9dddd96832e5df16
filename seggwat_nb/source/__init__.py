"""What knows the API: requests, crawls, snapshots; no chart."""
