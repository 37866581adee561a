"""What people wrote and what things are called, as safe words: for every way of showing them, so without Textual and rich."""
