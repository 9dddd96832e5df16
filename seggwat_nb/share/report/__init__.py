"""A report: a notebook run on a project's items, and written as one file for other people."""
