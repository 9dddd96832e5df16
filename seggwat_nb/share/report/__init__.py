"""Reports: a notebook is run on a project's items and written as one file to share."""
