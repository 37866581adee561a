"""Stored files: bytes of attachments and pictures, each kept once under the hash of its content."""
