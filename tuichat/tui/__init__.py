"""The screen: panes that show the client's state and post what the user did."""
