"""Sends letters to a server of this machine in one of several ways; prints JSON: seconds, and how many were sent.

mail_send.py WAY PORT COUNT [CERTIFICATE]

Counted is everything from the text of the letters until the last one is accepted and the connections are closed. What
is imported, looked up and compiled at the first message is so before, by some messages that are not counted in time.
CERTIFICATE: whom to trust, by STARTTLS. openviper-kept: the connections of the messages before stay.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from email.policy import SMTP
from email.utils import getaddresses
from importlib import import_module
from time import perf_counter

from mail_letters import SENDER, as_stdlib, letters

__all__ = ["main"]

HOST = "127.0.0.1"
CONNECTIONS = 8
WARM_UP = 20
BARE_SENDER = "news@example.org"


def our_messages(some):
    message = import_module("openviper.core.email.message")
    for letter in some:
        yield message.EmailMessageData(
            recipients=letter.recipients, subject=letter.subject, text=letter.text, html=letter.html, sender=SENDER
        )


async def openviper(some, port):
    email = import_module("openviper.core.email")
    results = await email.send_messages(our_messages(some))
    if refused := [result for result in results if not result.ok]:
        sys.exit(f"{len(refused)} refused, {refused[0]}")


async def close_ours():
    await import_module("openviper.core.email").close_mailers()


def settings_of_ours(port, certificate):
    settings = {
        "EMAIL_BACKEND": "smtp",
        "EMAIL_HOST": HOST,
        "EMAIL_PORT": str(port),
        "EMAIL_POOL_SIZE": str(CONNECTIONS),
        "EMAIL_USE_TLS": "true" if certificate else "false",
    }
    if certificate:
        settings["EMAIL_SSL_CAFILE"] = certificate
    os.environ.update({f"OPENVIPER_{name}": value for name, value in settings.items()})


def django(some, port):
    """A list by one connection, as its docs say of many messages."""
    mail = import_module("django.core.mail")
    connection = mail.get_connection("django.core.mail.backends.smtp.EmailBackend", host=HOST, port=port)
    messages = []
    for letter in some:
        message = mail.EmailMultiAlternatives(letter.subject, letter.text, SENDER, list(letter.recipients))
        message.attach_alternative(letter.html, "text/html")
        messages.append(message)
    if (sent := connection.send_messages(messages)) != len(messages):
        sys.exit(f"Django sent {sent} of {len(messages)}")


async def fastapi_loop(some, port):
    """One after the other, as its docs show."""
    mail = fastapi_mail(port)
    for letter in some:
        await mail.send_message(fastapi_message(letter))


async def fastapi_list(some, port):
    """A list, which goes by one connection."""
    await fastapi_mail(port).send_message([fastapi_message(letter) for letter in some])


def fastapi_mail(port):
    package = import_module("fastapi_mail")
    config = package.ConnectionConfig(
        MAIL_USERNAME="",
        MAIL_PASSWORD="",
        MAIL_PORT=port,
        MAIL_SERVER=HOST,
        MAIL_STARTTLS=False,
        MAIL_SSL_TLS=False,
        MAIL_FROM=BARE_SENDER,
        MAIL_FROM_NAME="The Letter",
        USE_CREDENTIALS=False,
    )
    return package.FastMail(config)


def fastapi_message(letter):
    package = import_module("fastapi_mail")
    return package.MessageSchema(
        subject=letter.subject,
        recipients=list(letter.recipients),
        body=letter.html,
        alternative_body=letter.text,
        subtype=package.MessageType.html,
        multipart_subtype=package.MultipartSubtypeEnum.alternative,
    )


async def aiosmtplib_pool(some, port):
    """As many connections as ours, each of which takes the next message when it has sent one."""
    smtp = import_module("aiosmtplib").SMTP
    waiting = iter(some)

    async def worker():
        async with smtp(hostname=HOST, port=port, start_tls=False) as connection:
            for letter in waiting:
                people = [address for _, address in getaddresses(letter.recipients)]
                await connection.sendmail(BARE_SENDER, people, as_stdlib(letter).as_bytes(policy=SMTP))

    await asyncio.gather(*(worker() for _ in range(CONNECTIONS)))


WAYS = {
    "openviper": openviper,
    "openviper-kept": openviper,
    "django": django,
    "fastapi-mail": fastapi_loop,
    "fastapi-mail-list": fastapi_list,
    "aiosmtplib": aiosmtplib_pool,
}


async def send(way, some, port):
    # Django's is not a coroutine.
    if (pending := WAYS[way](some, port)) is not None:
        await pending


async def measure(way, port, count):
    first, some = (list(letters(number, seed=seed)) for number, seed in ((WARM_UP, 2), (count, 3)))
    await send(way, first, port)
    if way == "openviper":
        await close_ours()
    began = perf_counter()
    await send(way, some, port)
    if WAYS[way] is openviper:
        await close_ours()
    return perf_counter() - began


def main():
    way, port, count, *rest = sys.argv[1:]
    certificate = rest[0] if rest else None
    settings_of_ours(port, certificate)
    if way == "django":
        import_module("django.conf").settings.configure()
    # Django asks whether a loop runs only for its database; nothing else waits here.
    seconds = asyncio.run(measure(way, int(port), int(count)))
    print(json.dumps({"seconds": seconds, "sent": int(count) + WARM_UP}))


if __name__ == "__main__":
    main()
