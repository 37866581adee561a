"""tuichat without a screen, for programs: addresses, sending, running commands, waiting."""
