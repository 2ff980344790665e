"""How a job queue and the consumers of jobs are found, with distributions that offer them on sys.path."""

from __future__ import annotations

import sys
from functools import partial

import pytest

from openviper.conf import ImproperlyConfigured
from openviper.core.jobs import JobQueue, get_job_consumer, get_job_queue

QUEUE = """
from functools import partial

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

DONE = []

async def ship(payload):
    DONE.append(payload["order"])

def ship_now(payload):
    DONE.append(payload["order"])

class Shipping:
    async def __call__(self, payload):
        await ship(payload)

    async def method(self, payload):
        await ship(payload)

shipping = Shipping()
ship_by_method = shipping.method
ship_partly = partial(ship)
"""


@pytest.fixture
def offer(tmp_path, monkeypatch):
    """Return a function that installs a distribution which offers a job queue."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "shop_queue.py").write_text(QUEUE)
    get_job_queue.cache_clear()

    get_job_consumer.cache_clear()

    def put(value, name="shop", entry="queue", group="openviper.jobs"):
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{entry} = {value}\n")

    yield put
    get_job_queue.cache_clear()
    get_job_consumer.cache_clear()


@pytest.fixture
def offer_consumer(offer):
    """Return a function that installs a distribution with a consumer of the jobs ``shop.ship``."""
    return partial(offer, entry="shop.ship", group="openviper.job_consumers")


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


@pytest.mark.parametrize("value", ["ship", "shipping", "ship_by_method", "ship_partly"])
async def test_the_installed_consumer_does_the_work_of_a_job(offer_consumer, monkeypatch, value):
    """A worker that has a job's name and payload needs nothing else; whatever is async can be one."""
    monkeypatch.delitem(sys.modules, "shop_queue", raising=False)
    offer_consumer(f"shop_queue:{value}")
    await get_job_consumer("shop.ship")({"order": 7})
    from shop_queue import DONE

    assert DONE.pop() == 7


def test_jobs_that_nobody_consumes_are_named(offer_consumer):
    """The error has the nearest name that there is."""
    offer_consumer("shop_queue:ship")
    with pytest.raises(ImproperlyConfigured) as caught:
        get_job_consumer("shop.shop")
    assert str(caught.value) == (
        "no installed distribution has a consumer for jobs named 'shop.shop'; did you mean 'shop.ship'?"
    )


def test_two_consumers_of_one_job_are_one_too_many(offer_consumer):
    """Nothing is guessed: the error names both."""
    offer_consumer("shop_queue:ship")
    offer_consumer("shop_queue:Queue", name="other")
    with pytest.raises(ImproperlyConfigured) as caught:
        get_job_consumer("shop.ship")
    assert str(caught.value) == (
        "2 consumers of jobs named 'shop.ship' are installed: other (shop_queue:Queue), shop (shop_queue:ship)"
    )


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("shop_queue:DONE", "is none: list cannot be called with a payload"),
        ("shop_queue:ship_now", "is none: it is not async; write it with async def"),
        ("shop_queue:Shipping", "is none: it is not async; write it with async def"),
        ("shop_queue:send", "cannot be loaded: AttributeError"),
        ("shop_nothing:ship", "cannot be loaded: ModuleNotFoundError: No module named 'shop_nothing'"),
    ],
)
def test_a_consumer_that_cannot_be_used_is_named(offer_consumer, value, says):
    """The error names the entry and the distribution that offers it."""
    offer_consumer(value)
    with pytest.raises(ImproperlyConfigured) as caught:
        get_job_consumer("shop.ship")
    assert str(caught.value).startswith(f"consumer {value} of shop {says}")
