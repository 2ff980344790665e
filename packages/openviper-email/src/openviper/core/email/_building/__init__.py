"""The bytes of a message: the grammar of addresses, headers, bodies and parts, and the message as JSON."""
