"""Interactive panels: widgets with filters, charts and items."""
