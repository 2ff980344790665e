"""Building messages, ours and the standard library's, in this process; prints JSON: microseconds of CPU, by case.

mail_build.py ROUNDS
mail_build.py size: the bytes of one, the mean of some

Counted is everything from the text of a letter to the bytes for the wire. Both see the same letters in each round, in
turns, and other letters in the next.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
from email import message_from_bytes
from email.policy import SMTP
from email.utils import getaddresses
from time import thread_time_ns

from mail_letters import SENDER, as_stdlib, letters

from openviper.core.email.attachments import AttachmentData
from openviper.core.email.message import EmailMessageData, build_message

__all__ = ["main"]

BATCH = 50
WARM_UP = 3
#: What is special of the letters.
SHAPES = {
    "text and html": {},
    "with an attachment of 10 kB": {"attachment": 10_000},
    "50 recipients": {"recipients": 50},
}


def ours(letter):
    files = ()
    if letter.attachment is not None:
        files = (AttachmentData("letter.pdf", letter.attachment, "application/pdf"),)
    data = EmailMessageData(
        recipients=letter.recipients,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        sender=SENDER,
        attachments=files,
    )
    return build_message(data)


def stdlib(letter):
    return as_stdlib(letter).as_bytes(policy=SMTP)


BUILDERS = {"ours": ours, "stdlib": stdlib}


def meaning(built):
    """What a reader sees of a message."""
    message = message_from_bytes(built, policy=SMTP)
    parts = [part.get_content() for part in message.walk() if not part.is_multipart()]
    texts = [part.replace("\r\n", "\n") if isinstance(part, str) else part for part in parts]
    return str(message["subject"]), str(message["from"]), getaddresses([str(message["to"])]), texts


def check(shape):
    """Both mean the same, or what they cost cannot be compared."""
    for letter in letters(20, seed=0, **shape):
        one, other = meaning(ours(letter)), meaning(stdlib(letter))
        if one != other:
            sys.exit(f"ours and the standard library's message differ:\n{one}\n{other}")


def cost(build, batch):
    """Microseconds of CPU for one message, the mean of ``batch``."""
    gc.collect()
    began = thread_time_ns()
    for letter in batch:
        build(letter)
    return (thread_time_ns() - began) / len(batch) / 1e3


def measure(shape, rounds):
    check(shape)
    samples = {name: [] for name in BUILDERS}
    for number in range(rounds + WARM_UP):
        batch = list(letters(BATCH, seed=number + 1, **shape))
        for name in BUILDERS if number % 2 else reversed(BUILDERS):
            samples[name].append(cost(BUILDERS[name], batch))
    return {name: statistics.median(values[WARM_UP:]) for name, values in samples.items()}


def main():
    if sys.argv[1] == "size":
        print(round(statistics.mean(len(ours(letter)) for letter in letters(200, seed=3))))
        return
    rounds = int(sys.argv[1])
    print(json.dumps({name: measure(shape, rounds) for name, shape in SHAPES.items()}))


if __name__ == "__main__":
    main()
