"""Slash commands: the one engine behind composer, palette and scripts."""
