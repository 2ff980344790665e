"""PostgreSQL, by its own programs: pg_dump, pg_dumpall and psql."""
