"""The sound of a laptop from which one is logged in here by `tuichat ssh`: found, connected to, and chosen."""
