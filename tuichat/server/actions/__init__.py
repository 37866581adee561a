"""What a member can do: permission, then store, then bus; one noun a module."""
