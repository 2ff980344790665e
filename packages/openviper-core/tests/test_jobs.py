"""How a job queue is found, with distributions that offer one on sys.path."""

from __future__ import annotations

import pytest

from openviper.conf import ImproperlyConfigured
from openviper.core.jobs import JobQueue, get_job_queue

QUEUE = """
class Queue:
    def __init__(self):
        self.jobs = []

    async def enqueue(self, name, payload, *, queue="default", delay=None, id=None):
        self.jobs.append((name, dict(payload), queue, delay, id))
        return id or str(len(self.jobs))

    def available(self):
        return True

queue = Queue()

class Half:
    def available(self):
        return True

class NeedsBroker(Queue):
    def __init__(self, broker):
        super().__init__()
"""


@pytest.fixture
def offer(tmp_path, monkeypatch):
    """Return a function that installs a distribution which offers a job queue."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "shop_queue.py").write_text(QUEUE)
    get_job_queue.cache_clear()

    def put(value, name="shop"):
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[openviper.jobs]\nqueue = {value}\n")

    yield put
    get_job_queue.cache_clear()


def test_without_a_queue_there_is_none(offer):
    """An installation without workers is a normal one."""
    assert get_job_queue() is None


@pytest.mark.parametrize("value", ["shop_queue:queue", "shop_queue:Queue"])
async def test_the_installed_queue_is_found_once(offer, value):
    """An object or a class is offered; everybody gets the same queue."""
    offer(value)
    queue = get_job_queue()
    assert isinstance(queue, JobQueue)
    assert queue is get_job_queue()
    assert queue.available()
    job = await queue.enqueue("openviper.email.deliver", {"to": "ada"}, queue="emails", id="job-1")
    assert job == "job-1"
    assert queue.jobs[-1] == ("openviper.email.deliver", {"to": "ada"}, "emails", None, "job-1")


def test_two_queues_are_one_too_many(offer):
    """Nothing is guessed: the error names both."""
    offer("shop_queue:queue")
    offer("shop_queue:Queue", name="other")
    with pytest.raises(ImproperlyConfigured, match="2 job queues are installed") as caught:
        get_job_queue()
    assert "shop (shop_queue:queue)" in str(caught.value)
    assert "other (shop_queue:Queue)" in str(caught.value)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("shop_queue:Half", "is none: Half needs enqueue() and available()"),
        ("shop_queue:QUEUE", "cannot be loaded: AttributeError"),
        ("shop_nothing:queue", "cannot be loaded: ModuleNotFoundError: No module named 'shop_nothing'"),
        ("shop_queue:NeedsBroker", "cannot be loaded: TypeError"),
        ("builtins:print", "is none: builtin_function_or_method needs"),
    ],
)
def test_a_queue_that_cannot_be_used_is_named(offer, value, says):
    """The error names the entry and the distribution that offers it."""
    offer(value)
    with pytest.raises(ImproperlyConfigured) as caught:
        get_job_queue()
    assert str(caught.value).startswith(f"job queue {value} of shop {says}")
