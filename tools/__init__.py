"""What developers of tuichat run: set-up, and the files that are generated from the code."""
