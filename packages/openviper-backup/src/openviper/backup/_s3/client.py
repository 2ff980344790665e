"""Calls of S3, whose errors say what was asked for; credentials and endpoint are boto3's business."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from openviper.backup.errors import InvalidInput, StorageFailed

if TYPE_CHECKING:
    from openviper.backup._s3.location import Location
    from openviper.backup.job import Job

__all__ = ["S3", "Refused"]

T = TypeVar("T")

_CONNECT, _READ = 10, 30
_ATTEMPTS = 4
_SHOWN = 300
# Up to the last @, as a password may have anything in it.
_CREDENTIALS = re.compile(r"^([^@]*?: \"?(?:\w+://)?)?.*@", re.DOTALL)
_NO_STORE = (
    "What answers is no S3, or not all of it: AWS_ENDPOINT_URL has to name the store, not its console or a proxy"
)
_REASONS = {
    403: "these credentials may not use it; s3:ListBucket, GetObject, PutObject, DeleteObject and "
    "AbortMultipartUpload are needed",
    404: "there is no such bucket",
}


class Refused(StorageFailed):
    """The store has answered, with an error.

    Attributes:
        status: Of HTTP.
        code: Of S3: ``PreconditionFailed``.
    """

    def __init__(self, message: str, *, status: int, code: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    @property
    def is_not_there(self) -> bool:
        """There is no such object, upload or bucket."""
        return self.status == 404

    @property
    def is_taken(self) -> bool:
        """There is such an object already, or somebody is just putting one there.

        See https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html.
        """
        return self.status == 412 or self.code == "ConditionalRequestConflict"


class S3:
    """The store that the environment names, as it does for the aws command.

    See https://boto3.amazonaws.com/v1/documentation/api/latest/guide/configuration.html: ``AWS_ACCESS_KEY_ID``,
    ``AWS_PROFILE``, ``AWS_ENDPOINT_URL_S3`` and others.

    Raises:
        InvalidInput: The extra ``s3`` is not installed.
        StorageFailed: boto3 refuses its configuration.
    """

    def __init__(self) -> None:
        boto3, config, self._errors = _modules()
        settings = config.Config(
            connect_timeout=_CONNECT,
            read_timeout=_READ,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            # Each request has the checksum that it needs; what reads compares the whole with the sidecar's.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        self._job: Job | None = None
        self.client: Any = self.tried("s3://", lambda: boto3.session.Session().client("s3", config=settings))
        # Between the attempts of a call, too.
        self.client.meta.events.register("before-send.s3", self._check)

    def call(self, name: str, location: Location, job: Job | None, **arguments: Any) -> Any:
        """Call a method of the client for the object of a location.

        Args:
            job: Looked at before each attempt; ``None``: this must be done in any case.

        Raises:
            Refused: The store says so.
            StorageFailed: It cannot be reached.
            Interrupted: The job says so.
        """
        method = getattr(self.client, name)
        return self.tried(str(location), lambda: method(Bucket=location.bucket, Key=location.key, **arguments), job)

    def ask(self, name: str, location: Location, job: Job | None, wanted: Sequence[str], **arguments: Any) -> Any:
        """:meth:`call`, of what S3 answers with all that is ``wanted``.

        Raises:
            StorageFailed: It does not, as what answers is something else.
        """
        answer = self.call(name, location, job, **arguments)
        missing = [each for each in wanted if each not in answer]
        if missing:
            raise StorageFailed(f"{location}: the answer has no {missing[0]}. {_NO_STORE}")
        return answer

    def check_bucket(self, location: Location, job: Job) -> None:
        """Make sure that there is this bucket, and that it may be looked into.

        Raises:
            StorageFailed: There is none, or it may not, or what answers says that everything is there.
        """
        what = f"s3://{location.bucket}"
        try:
            self.tried(what, lambda: self.client.head_bucket(Bucket=location.bucket), job)
            # In the folder, as rights may be for that alone.
            if self._holds(location.child(secrets.token_hex(16)), job):
                raise StorageFailed(f"{what}: whatever is asked for is said to be there. {_NO_STORE}")
        except Refused as error:
            reason = _REASONS.get(error.status)
            if reason is None:
                raise
            raise StorageFailed(f"{what}: {reason}") from error

    def _holds(self, location: Location, job: Job) -> bool:
        try:
            self.call("head_object", location, job)
        except Refused as error:
            if not error.is_not_there:
                raise
            return False
        return True

    def _check(self, **_event: object) -> None:
        if self._job is not None:
            self._job.check()

    def close(self) -> None:
        """Close its connections."""
        self.client.close()

    def tried(self, what: str, call: Callable[[], T], job: Job | None = None) -> T:
        """Call what boto3 gives, and raise our errors for its own; ``what``: whose they are; ``job``: as above."""
        self._job = job
        self._check()
        try:
            return call()
        except self._errors.ClientError as error:
            said = error.response.get("Error", {})
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            code, text = said.get("Code", ""), said.get("Message", "")
            message = f"{what}: {error.operation_name} was refused: {code} {text}"[:_SHOWN]
            raise Refused(message, status=status, code=code) from error
        except (self._errors.BotoCoreError, OSError, ValueError, RecursionError) as error:
            # What a body raises while it is sent comes as an error of the connection.
            if job is not None:
                job.check()
            raise StorageFailed(f"{what}: {_without_credentials(str(error))}"[:_SHOWN]) from error


def _modules() -> tuple[Any, Any, Any]:
    try:
        return import_module("boto3"), import_module("botocore.config"), import_module("botocore.exceptions")
    except ImportError as error:
        hint = "pip install 'openviper-backup[s3]'"
        raise InvalidInput(f"s3:// needs boto3, which is not installed: {hint}") from error


def _without_credentials(text: str) -> str:
    """Take the user and the password of an endpoint's URL out of a sentence."""
    return _CREDENTIALS.sub(lambda found: f"{found[1] or ''}***@", text)
