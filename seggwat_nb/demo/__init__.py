"""A synthetic project that tells a story, and a server that speaks the API."""
