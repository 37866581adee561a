"""Fetching what strangers name: through one function that reaches public addresses only, within limits."""
