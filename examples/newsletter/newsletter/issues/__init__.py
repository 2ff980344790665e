"""The archive: issues, a page for each, and their JSON."""
