"""Moving house: a store's rows go into another database while it serves, and the store goes on there."""
