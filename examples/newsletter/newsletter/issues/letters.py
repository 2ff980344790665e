"""The issues that a new archive starts with."""

from __future__ import annotations

from datetime import date

from newsletter.issues.storage import Issue

__all__ = ["LETTERS"]

LETTERS = (
    Issue(
        number=1,
        title="One thread, many conversations",
        summary="Why an event loop is a good host, and what makes it a bad one.",
        published=date(2026, 6, 7),
        body="""
An event loop is like somebody who runs a small café alone. One order is taken, and while the kettle heats the next
guest is greeted. Nobody waits for anybody's tea but their own. With one pair of hands, sixty guests feel looked
after.

It works for as long as no task keeps the hands busy. Hash a password, parse forty megabytes, ask for a host name
the blocking way, and the whole room falls silent until you are done. The other guests cannot know why.

So the rule of the house is short: whoever waits, waits with await; whoever works hard, works in a thread. And when
in doubt, measure the longest time the loop did not come round, not the average.
""",
    ),
    Issue(
        number=2,
        title="A timeout is a promise",
        summary="A call without a deadline does not wait longer; it waits for ever.",
        published=date(2026, 7, 5),
        body="""
Every call that leaves your process ends in one of three ways: an answer, an error, or nothing at all. The third is
the expensive one. It holds a connection, a task and a visitor, and it never shows up in the log, because it never
ends.

A deadline turns nothing into an error, and an error can be handled. Choose it from the outside in: if a page has to
be there after two seconds, the database behind it cannot have thirty.

Give the deadline to the whole operation and not to each step. Five steps of two seconds each are ten seconds, and a
server that sends one byte a second will keep every single step just alive.
""",
    ),
    Issue(
        number=3,
        title="What a 304 saves",
        summary="A short string can stand in for a long download.",
        published=date(2026, 8, 2),
        body="""
The fastest response is the one that is not sent. A browser that has a stylesheet asks whether it is still the one
with that tag. The server compares two short strings and says: nothing new. No body, no compression, a handful of
bytes.

It only works when the tag changes exactly when the file does. A tag from the modification time does that on one
machine, and not on two that were deployed a minute apart. A tag from the content does it everywhere, at the price
of reading it.

Look at your own site today: reload a page and count the answers with status 304. If there are none, somebody along
the way is throwing the tags away.
""",
    ),
    Issue(
        number=4,
        title="Write ahead, read along",
        summary="What SQLite's write-ahead log does for a site with many readers and one pen.",
        published=date(2026, 9, 6),
        body="""
In its oldest mode SQLite makes readers and writers take turns. In write-ahead mode a writer puts new pages into a
second file, and readers go on with the state that was there when they began. Nobody who reads waits for somebody
who writes.

There is still one pen. Two writers take turns, so keep transactions short, start those that will write with BEGIN
IMMEDIATE, and tell each how long to wait for the other. A transaction that begins by reading and then wants to
write can be refused at once, however patient it is.

When the last connection closes, the log is folded back into the file. That is the moment for a copy with cp. At any
other, take the backup interface, or you will copy a page that is half in one file and half in the other.
""",
    ),
    Issue(
        number=5,
        title="After the form",
        summary="Post, redirect, get: three words that keep orders from being sent twice.",
        published=date(2026, 10, 4),
        body="""
A visitor sends a form, sees a page that says thank you, and reloads it. If that page was the answer to the form,
the browser asks whether to send everything again, in words nobody understands. Most people press the button on the
right.

Answer with 303 and the address of the page instead. The browser fetches it with GET, and can reload it all day. The
back button leads to the form, not to a warning.

One thing is easily forgotten: a form that was refused is no success, so do not redirect it. Show it again with what
was typed, say next to the field what is wrong, and give the answer a status that programs understand too.
""",
    ),
    Issue(
        number=6,
        title="Stopping well",
        summary="Every process is stopped some day. The good ones have practised.",
        published=date(2026, 11, 1),
        body="""
A deployment is a start-up and a shutdown, and only one of them gets tested. Then one night a worker is told to
stop, and takes half of an order with it.

Stopping well is a sequence. First say that you are not ready, so that no new work comes. Then finish what is there,
with a deadline. Then undo what the start-up did, in reverse: what was opened last is closed first, because it may
need what was opened before it. And let each step run even if the one before it failed.

Practise it. Start your program, send it SIGTERM in the middle of a request, and look at the exit code. If it is
zero and the request was answered, you may go home.
""",
    ),
)
