"""SQLite, both ways, by Python's own module: a snapshot of the live file, and a restore into the live file.

Nobody here opens a live database as a file: closing it would drop the locks that SQLite holds on it for the whole
process (https://www.sqlite.org/howtocorrupt.html, 2.2).
"""
