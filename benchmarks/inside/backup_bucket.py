"""moto's S3 with a bucket named ``backups``, on a free port of loopback, which it prints; until it is ended."""

from __future__ import annotations

import logging
import signal

import boto3
from moto.server import ThreadedMotoServer

__all__ = ["main"]


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    names = {"aws_access_key_id": "eve", "aws_secret_access_key": "x", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=f"http://{host}:{port}", **names).create_bucket(Bucket="backups")
    print(port, flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
