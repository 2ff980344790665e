"""A program that moves money between the accounts of a SQLite database until its stdin is closed.

python money_mover.py FILE NUMBER
"""

from __future__ import annotations

import random
import select
import sqlite3
import sys
from pathlib import Path

ACCOUNTS, SUM = 1_500, 150_000


def make_bank(path: Path, mode: str) -> Path:
    """Make a bank of some 3 MB, whose accounts always have the same sum."""
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER, note BLOB)")
        rows = [(SUM // ACCOUNTS, bytes(2000))] * ACCOUNTS
        connection.executemany("INSERT INTO accounts (balance, note) VALUES (?, ?)", rows)
        connection.execute("CREATE TABLE moves (id INTEGER PRIMARY KEY, who INTEGER)")
    connection.close()
    return path


def move_money(path: str, who: int) -> None:
    """Say that it has begun, and move some in each transaction; say at the end how many times."""
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    chance = random.Random(who)
    moves = 0
    while not select.select([sys.stdin], [], [], 0.001)[0]:
        connection.execute("BEGIN IMMEDIATE")
        amount, giver, taker = chance.randrange(50), chance.randrange(ACCOUNTS) + 1, chance.randrange(ACCOUNTS) + 1
        connection.execute("UPDATE accounts SET balance = balance - ? WHERE id = ?", (amount, giver))
        connection.execute("UPDATE accounts SET balance = balance + ? WHERE id = ?", (amount, taker))
        connection.execute("INSERT INTO moves (who) VALUES (?)", (who,))
        connection.execute("COMMIT")
        moves += 1
        if moves == 1:
            print("moving", flush=True)
    connection.close()
    print(moves, flush=True)


if __name__ == "__main__":
    move_money(sys.argv[1], int(sys.argv[2]))
