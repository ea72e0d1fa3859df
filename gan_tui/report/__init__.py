"""Output without a screen: JSON, text, terminal plots, CSV, and self-contained reports."""
