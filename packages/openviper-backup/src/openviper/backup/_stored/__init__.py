"""The backups of a folder: which there are, and which stay."""
