"""What the servers' options for logging do."""

from __future__ import annotations

import json
import os

import pytest

from openviper.cli._server_logging import default_log_config

#: An application with a line of OpenViper's at each level.
TALKING = """
import logging

logger = logging.getLogger("openviper.apps")
logger.debug("a detail")
logger.info("an event")
logger.error("a problem")

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        return await send({"type": "lifespan.startup.complete"})
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"one"})
"""
#: A configuration of logging with a form of its own.
OWN = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"own": {"format": "OWN %(name)s %(message)s"}},
    "handlers": {"own": {"class": "logging.StreamHandler", "formatter": "own"}},
    "root": {"handlers": ["own"], "level": "INFO"},
}
INI = """
[loggers]
keys=root
[handlers]
keys=own
[formatters]
keys=own
[logger_root]
level=INFO
handlers=own
[handler_own]
class=StreamHandler
formatter=own
args=()
[formatter_own]
format=OWN %(name)s %(message)s
"""


@pytest.fixture
def talking(files):
    return files({"site_app.py": TALKING})


@pytest.mark.parametrize(
    ("level", "shown", "hidden"),
    [
        ([], ["an event", "a problem", "Started server process", "GET /"], ["a detail"]),
        (["--log-level", "debug"], ["a detail", "an event", "GET /"], []),
        (["--log-level=WARNING"], ["a problem"], ["an event", "Started server process", "GET /"]),
        (["--no-access-log"], ["an event", "Started server process"], ["GET /"]),
    ],
)
def test_the_level_is_that_of_uvicorns_lines_and_of_openvipers(served, talking, level, shown, hidden):
    """``--no-access-log`` leaves out the requests alone."""
    with served("run", "site_app", "-p0", "--no-reload", *level) as server:
        assert server.get() == "one"
        assert server.end() == 0
        for part in shown:
            assert part in server.output
        for part in hidden:
            assert part not in server.output


@pytest.mark.parametrize(
    ("name", "content"), [("log.json", json.dumps(OWN)), ("log.yaml", json.dumps(OWN)), ("log.ini", INI)]
)
@pytest.mark.parametrize("how", [["--no-reload"], ["--workers=2"]])
def test_a_file_configures_logging_in_every_process(served, talking, files, name, content, how):
    """In each format that uvicorn reads; JSON is YAML too."""
    files({name: content})
    with served("run", "site_app", "-p0", "--log-config", name, *how) as server:
        server.wait_for("OWN openviper.apps an event", 2 if "2" in how[0] else 1)
        server.end()
        assert "INFO:  " not in server.output


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("log.json", "{", "JSONDecodeError"),
        ("log.json", "{}", "version"),
        ("log.yaml", "[", "Error"),
        ("log.ini", "nothing", "Error"),
        ("log.json", json.dumps(OWN | {"handlers": {"own": {"class": "no.Such"}}}), "ValueError"),
        ("log.json", json.dumps(OWN | {"handlers": {"own": {"()": "leaving.handler"}}}), "SystemExit: 0"),
    ],
)
def test_a_file_that_cannot_be_used_is_wrong_usage(openviper, talking, files, name, content, part):
    """Told once, before anything is started."""
    files({name: content, "leaving.py": "import sys\ndef handler(): sys.exit(0)\n"})
    result = openviper("run", "site_app", "-p0", "--log-config", name, "--workers=2")
    assert result.returncode == 2
    assert f"Invalid value for '--log-config': {talking / name} cannot be used: " in result.stderr
    assert part in result.stderr
    assert "Serving" not in result.stderr
    assert "Traceback" not in result.stderr


def test_a_file_that_is_a_pipe_is_refused(openviper, application):
    """Nobody may ever write to it."""
    os.mkfifo(application / "log.json")
    result = openviper("run", "site_app", "-p0", "--log-config", "log.json")
    assert result.returncode == 2
    last = f"Error: Invalid value for '--log-config': {application / 'log.json'} is a named pipe; expected a file"
    assert result.stderr.splitlines()[-1] == last


def test_a_file_that_is_not_there_is_wrong_usage(openviper, talking):
    """As any option's file."""
    result = openviper("run", "site_app", "--log-config", "nothing.json")
    assert result.returncode == 2
    assert "'--log-config'" in result.stderr


@pytest.mark.parametrize(
    ("args", "variables", "coloured"),
    [
        (["--use-colors"], {}, True),
        (["--no-use-colors"], {"FORCE_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ([], {}, False),
    ],
)
def test_colours_are_asked_for_or_left_to_the_terminal(served, talking, args, variables, coloured):
    """The option beats the variables, NO_COLOR the other one."""
    with served("run", "site_app", "-p0", "--no-reload", *args, **variables) as server:
        server.wait_for("an event")
        server.end()
        assert ("\x1b[32mINFO" in server.output) is coloured


def test_uvicorns_own_configuration_is_not_changed():
    """It is one dictionary for the whole process."""
    first = default_log_config(level="debug", use_colors=True)
    second = default_log_config(level=None, use_colors=False)
    assert first["formatters"]["default"]["use_colors"] is True
    assert second["formatters"]["default"]["use_colors"] is False
    assert "openviper" in second["loggers"]
