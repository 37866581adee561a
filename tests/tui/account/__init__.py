"""Tests of the account's screens."""
