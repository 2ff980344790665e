"""Backups of databases, and restores that keep the live data until the new is proved."""
