"""The screens on which a server is run."""
