"""The ctl socket: `tuichat ctl` and other programs of the user tell a running tuichat what to do, and ask it how it is."""
