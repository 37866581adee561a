"""REST v10: routes that parse, call an action and answer."""
