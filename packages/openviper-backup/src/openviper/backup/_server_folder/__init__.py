"""What a database server writes and reads itself, in a folder that it shares with this machine."""
