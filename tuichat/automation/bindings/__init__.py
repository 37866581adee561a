"""What is run when something happens: the tables [[on]] of the settings."""
