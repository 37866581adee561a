"""Gateway v10: sessions, fan-out and resume."""
