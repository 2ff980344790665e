"""moto's S3 on a free port of loopback, with faults between it and whoever asks."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field

import boto3
from moto.backends import get_backend
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

BUCKET = "backups"
PLACE = f"s3://{BUCKET}/nightly"
#: A database of the scripted engine, and the key of its backup there.
URL = "script://ada:hunter2@db.example/shop"
ARCHIVE = r"nightly/shop_\d{8}-\d{6}(-\d)?\.tar\.gz"
#: What boto3 takes from the environment.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "ada", "AWS_SECRET_ACCESS_KEY": "hunter2", "AWS_DEFAULT_REGION": "us-east-1"}


@dataclass
class Bucket:
    """A bucket.

    Attributes:
        fault: Called with the environ of WSGI before each request: it may change that, return an answer of its own as
            (status, body), or a function that changes the answer's (headers, body); a header ``Status`` is its status.
        requests: Method and path of what came.
    """

    url: str
    client: object
    fault: Callable | None = None
    requests: list[tuple[str, str]] = field(default_factory=list)

    def keys(self) -> list[str]:
        return sorted(each["Key"] for each in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", ()))

    def uploads(self) -> int:
        """How many unfinished uploads there are."""
        return len(self.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", ()))

    def clear(self) -> None:
        """Take away everything, and forget what came."""
        self.requests.clear()
        for key in self.keys():
            self.client.delete_object(Bucket=BUCKET, Key=key)
        for each in self.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", ()):
            self.client.abort_multipart_upload(Bucket=BUCKET, Key=each["Key"], UploadId=each["UploadId"])

    def content(self, key: str) -> bytes:
        return self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()


@contextmanager
def running_bucket():
    """Start the server, and make the bucket."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    get_backend("s3").reset()
    application = DomainDispatcherApplication(create_backend_app)
    holder: list[Bucket] = []
    server = make_server("127.0.0.1", 0, lambda *args: _answer(holder, application, *args), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        names = {"aws_access_key_id": "eve", "aws_secret_access_key": "x", "region_name": "us-east-1"}
        client = boto3.session.Session().client("s3", endpoint_url=url, **names)
        client.create_bucket(Bucket=BUCKET)
        holder.append(Bucket(url, client))
        yield holder[0]
        client.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(holder, application, environ, start_response):
    changed = None
    # What the tests themselves ask for, as eve, comes as it is.
    if holder and "ada" in environ.get("HTTP_AUTHORIZATION", "") and holder[0].fault is not None:
        holder[0].requests.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        changed = holder[0].fault(environ)
    if isinstance(changed, tuple):
        start_response(changed[0], [("Content-Type", "application/xml"), ("Content-Length", str(len(changed[1])))])
        return [changed[1]]
    if changed is None:
        return application(environ, start_response)
    said = []
    body = b"".join(application(environ, lambda *args: said.extend(args)))
    headers, body = changed(dict(said[1]), body)
    start_response(headers.pop("Status", said[0]), list(headers.items()))
    return [body]


def refusal(status: str, code: str) -> tuple[str, bytes]:
    """An answer of S3."""
    return status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()


def is_put(environ, suffix: str) -> bool:
    return environ["REQUEST_METHOD"] == "PUT" and environ["PATH_INFO"].endswith(suffix)


def is_deletion(environ) -> bool:
    return environ["REQUEST_METHOD"] == "DELETE"


def is_completion(environ) -> bool:
    """Tell whether this ends an upload in parts."""
    return environ["REQUEST_METHOD"] == "POST" and "uploadId=" in environ["QUERY_STRING"]


def lose_answer(headers, body):
    """Change an answer into one of a server that has failed: what was asked for is done, and nobody is told."""
    return {"Status": "500 Internal Server Error", "Content-Length": "0"}, b""


def flip_body(environ) -> None:
    """Change one byte of what is sent."""
    data = bytearray(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    data[len(data) // 2] ^= 1
    environ["wsgi.input"] = io.BytesIO(data)
