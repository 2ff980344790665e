"""The commands as a terminal shows them; the library knows nothing of it."""
