"""The laptop's half of voice over SSH: it lends this machine's ears to the machine that one is logged in to."""
