"""Whole screens, each a composition of panes."""
