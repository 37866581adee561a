"""Scheduled events: the list of those of a server, the page of one, and the form that plans one."""
