"""All that a signed-in user can do, without a screen."""
