"""Dialogs of voice."""
