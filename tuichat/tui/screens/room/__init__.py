"""Dialogs of rooms."""
