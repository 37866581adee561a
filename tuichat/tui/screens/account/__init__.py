"""The screens of one's own account: profile, status, password, recovery, sign-ins, deletion, notifications."""
