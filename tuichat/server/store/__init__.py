"""Durable rows: plain SQL behind an async interface."""
