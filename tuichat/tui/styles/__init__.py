"""All colours of the screen."""
