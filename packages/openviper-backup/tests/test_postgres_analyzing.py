"""What is analyzed before a restored database is used."""

from __future__ import annotations

import pytest

from openviper.backup._postgres.analyzing import analyze_tables
from openviper.backup._postgres.connection import connection_of
from openviper.backup.job import Job
from openviper.backup.url import parse_url

TABLES = """
CREATE TABLE things AS SELECT n, n % 7 AS m FROM generate_series(1, 5000) AS n; CREATE INDEX ON things ((n + m));
CREATE STATISTICS both_of ON n, m FROM things;
CREATE SCHEMA "a ""b"" 'c'"; CREATE TABLE "a ""b"" 'c'"."d; e" AS SELECT n FROM generate_series(1, 9) AS n;
CREATE MATERIALIZED VIEW seen AS SELECT n FROM things;
CREATE UNLOGGED TABLE quick AS SELECT n FROM things;
CREATE TABLE parent (a integer); CREATE TABLE child () INHERITS (parent);
INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2);
CREATE TABLE parts (a integer, b integer) PARTITION BY RANGE (a);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (b);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
CREATE TABLE parts_1_1 PARTITION OF parts_1 FOR VALUES FROM (0) TO (10);
INSERT INTO parts SELECT n % 20, n % 10 FROM generate_series(1, 100) AS n;
SELECT lo_from_bytea(0, 'x');
"""
ANALYZED = """
SELECT s.starelid::regclass, s.staattnum, s.stainherit FROM pg_statistic s ORDER BY s.starelid::regclass::text, 2, 3;
SELECT count(*) FROM pg_statistic_ext_data; SELECT oid::regclass FROM pg_class WHERE reltuples > 0 ORDER BY 1::text"""


@pytest.mark.parametrize("user", ["postgres", "owner"])
def test_what_is_analyzed(postgres, user):
    """Two sessions analyze what ANALYZE does: partitions, heirs, views, the catalogs, all that the role may."""
    alone, together = postgres.fresh(TABLES), postgres.fresh(TABLES)
    alone.run("ANALYZE", user=user)
    with Job(60) as job:
        analyze_tables(connection_of(parse_url(postgres.url(together.name, user=user))), job)
    assert analyzed(together) == analyzed(alone)


def test_the_server_has_room_for_one(postgres):
    """Where no second session is let in, one analyzes everything."""
    database = postgres.fresh(TABLES)
    postgres.run(f"ALTER DATABASE {database.name} CONNECTION LIMIT 1")
    with Job(60) as job:
        analyze_tables(connection_of(parse_url(database.url)), job)
    assert "things|1|f" in analyzed(database)


def analyzed(database):
    """Return the columns of which the server knows something, and the tables whose rows it knows."""
    return database.run(ANALYZED, user="postgres")
