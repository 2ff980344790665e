"""The commands, a module each; imported only when one runs or shows its help."""
