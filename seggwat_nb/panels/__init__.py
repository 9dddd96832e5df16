"""What people click: panels of ipywidgets over charts of altair, one panel a module."""
