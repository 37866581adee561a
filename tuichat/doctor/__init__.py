"""The doctor: tells what this terminal and this machine give tuichat."""
