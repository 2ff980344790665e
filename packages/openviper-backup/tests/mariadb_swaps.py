"""What the tests of MariaDB's swap share: its steps, a process that ends itself at one, and who is in its way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from mariadb_instance import program

__all__ = ["BEFORE", "BEHIND", "CHANGES", "SWAPPING", "THINGS", "killed", "left_over", "transaction"]

THINGS = "CREATE TABLE things (id INT PRIMARY KEY, name TEXT); INSERT INTO things VALUES (1, 'one'), (2, 'two')"
SCRIPT = str(Path(__file__).with_name("mariadb_killed.py"))
# What the database has become since the backup.
CHANGES = """
CREATE TABLE newer (id INT, a INT, FOREIGN KEY (a) REFERENCES accounts (id)); INSERT INTO newer VALUES (1, 1);
DELETE FROM orders; DELETE FROM accounts WHERE id = 3; DROP TRIGGER upper_name; CREATE VIEW extra AS SELECT 1;
CREATE PROCEDURE pextra() SELECT 1; DROP VIEW a_names; CREATE TABLE a_names (was_view INT); DROP EVENT cleanup
"""
# In their order; whether tables have begun to move, so that the next restore is refused until that is settled.
BEFORE = ["try rights", "prove", "load", "swap", "swap: write plan", "swap: mark"]
SWAPPING = [
    "swap: drop triggers",
    "swap: rename",
    "swap: renamed",
    "swap: defaults",
    "swap: triggers",
    "swap: routines",
    "swap: views",
    "swap: events",
    "swap: clean",
]
BEHIND = ["swap: drop", "swap: forget"]


def killed(file, url, step, count=1, way=""):
    """Restore, or go on, in a process that kills itself at a step; return the steps it came to."""
    command = [sys.executable, SCRIPT, file, url, step, str(count), *([way] if way else [])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    return [*dict.fromkeys(done.stdout.splitlines())]


def left_over(shop, file):
    """Return what stands beside the target and beside the backup."""
    return [name for name in shop.server.databases() if name != shop.name] + [
        path.name for path in Path(file).parent.iterdir() if ".swap." in path.name
    ]


@contextmanager
def transaction(server, database, sql):
    """Hold a transaction open that has run some SQL."""
    command = [program("mariadb"), "--no-defaults", f"--socket={server.socket}", "--user=root", database, "-n"]
    environment = {**os.environ, "MYSQL_PWD": server.passwords["root"]}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdin.write(f"START TRANSACTION; {sql};\n".encode())
        holder.stdin.flush()
        holder.stdout.readline()
        yield
        holder.kill()
