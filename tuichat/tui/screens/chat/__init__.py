"""The main screen, subject by subject: a new subject is a module here and a name in the class statement of `screen.py`."""
