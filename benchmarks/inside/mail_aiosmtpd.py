"""aiosmtpd with STARTTLS, which keeps no message; prints a dot for each.

mail_aiosmtpd.py PORT CERTIFICATE KEY
"""

from __future__ import annotations

import asyncio
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP

__all__ = ["main"]


class Counting:
    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - the name that aiosmtpd looks for
        os.write(1, b".")
        return "250 OK"


async def serve(port, certificate, key):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    handler = Counting()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, hostname="localhost", tls_context=context, enable_SMTPUTF8=True),
        "127.0.0.1",
        port,
        backlog=128,
    )
    await server.serve_forever()


def main():
    port, certificate, key = sys.argv[1:]
    asyncio.run(serve(int(port), certificate, key))


if __name__ == "__main__":
    main()
