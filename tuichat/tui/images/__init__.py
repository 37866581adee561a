"""Pictures in cells: how they are decoded, drawn, and handed to the terminal."""
