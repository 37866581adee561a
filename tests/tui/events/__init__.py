"""Tests of the screens of scheduled events."""
