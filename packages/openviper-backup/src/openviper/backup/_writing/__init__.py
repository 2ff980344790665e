"""From a dump to a backup file that has its name."""
