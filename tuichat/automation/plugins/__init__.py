"""Plugins: programs in any language that speak JSON lines, and may do what was granted to them and nothing else."""
