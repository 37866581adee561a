"""The command line: its parser, and the words that somebody can say; what each runs is handed to it."""
