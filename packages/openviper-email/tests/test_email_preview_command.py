"""``viperctl preview-email``."""

from __future__ import annotations

import json

import pytest
from preview_app import run

from openviper.conf import override_settings
from openviper.core.email.errors import TemplateError


def test_a_preview_is_shown_with_headers_text_and_html(app):
    """With the context of the app's mail_previews."""
    result = run("welcome.md")
    assert result.exit_code == 0
    assert f"welcome.md, preview of {app}" in result.stdout
    assert "From:          Shop <shop@example.org>\n" in result.stdout
    assert "Subject:       Welcome, Ada\n" in result.stdout
    assert "# Welcome, Ada\n" in result.stdout
    assert '<a href="https://example.org/confirm">Confirm</a>' in result.stdout


def test_a_preview_is_found_by_its_own_name(app):
    """Its context may be made by a function, async too."""
    result = run("receipt of a gift")
    assert result.exit_code == 0
    assert "<h1>Receipt 7</h1><p>For Zoë</p>" in result.stdout
    assert "Receipt 7\n\nFor Zoë" in result.stdout


def test_other_previews_of_a_template_are_named(app):
    """The first is shown."""
    result = run("receipt.html")
    assert result.exit_code == 0
    assert result.stderr == f"There is also {app}: receipt of nobody\n"


def test_attachments_are_listed(app):
    """With name, type and size; the text is as it is, for it is no html."""
    result = run("notice.txt")
    assert "Attachment:    a.txt, text/plain, 5 bytes\n" in result.stdout
    assert "Dear O'Brien" in result.stdout


def test_without_a_name_all_previews_are_listed(app):
    """And the templates that have none."""
    result = run()
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[0] == [app]
    assert ["welcome.md", "Welcome,", "Ada"] in lines
    assert "receipt of a gift (receipt.html)" in result.stdout
    others = [["foot.md"], ["attribute.txt"], ["escape.txt"], ["syntax.txt"]]
    assert lines[-5:] == [["without", "a", "preview"], *others]


def test_without_any_preview_the_way_to_have_one_is_told():
    """An empty list says nothing."""
    result = run()
    assert result.exit_code == 0
    assert "mail_previews" in result.stdout


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("welcom.md", "did you mean 'welcome.md'?"),
        ("receipt of a gfit", "did you mean 'receipt of a gift'?"),
        ("attribut.txt", "did you mean 'attribute.txt'?"),
        ("../../../etc/passwd", "is no template and no preview"),
        ("..%2fwelcome.md\x1b[2J", r"'..%2fwelcome.md\x1b[2J' is no template and no preview"),
        ("x" * 5_000, "is no template and no preview"),
    ],
)
def test_an_unknown_name_lists_what_there_is(app, name, part):
    """With the nearest."""
    result = run(name)
    assert isinstance(result.exception, TemplateError)
    assert part in str(result.exception)
    assert len(str(result.exception)) < 300
    assert "receipt of a gift (receipt.html)" in result.stderr
    assert result.stdout == ""


def test_an_app_s_preview_is_chosen_by_the_app(app):
    """Where several have one of that name."""
    assert run("welcome.md", "--app", app).exit_code == 0
    near = run("welcome.md", "--app", f"{app}x")
    assert f"did you mean '{app}'?" in str(near.exception)
    missing = run("foot.md", "--app", app)
    assert "has no preview 'foot.md'" in str(missing.exception)


def test_undefined_variables_are_named_with_the_nearest_ones(app):
    """All of them, those of included templates too, in one line."""
    error = str(run("typo.md").exception)
    assert "template 'typo.md', line 1: 'name' is undefined; did you mean 'nmae'?" in error
    assert error.endswith("; not in the context: extra, name (did you mean 'nmae'?), when")
    assert "\n" not in error


def test_an_undefined_attribute_is_named_with_the_nearest(app):
    """Of the object that lacks it."""
    result = run("attribute.txt", "--context", '{"order": {"nubmer": 1}}')
    assert "did you mean 'nubmer'?" in str(result.exception)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("receipt of nobody", "the context of preview 'receipt of nobody' in"),
        ("raising.txt", "'raising.txt' raised LookupError: no such order"),
        ("syntax.txt", "template 'syntax.txt', line 1"),
    ],
)
def test_what_the_program_raises_is_an_error_of_ours(app, name, part):
    """So that the command line shows a line; --traceback shows where it came from."""
    result = run(name)
    assert isinstance(result.exception, TemplateError)
    assert part in str(result.exception)
    assert result.exception.__cause__ is not None


@pytest.mark.parametrize("source", ["--context", "--context-file"])
def test_a_context_may_be_given(app, tmp_path, source):
    """Instead of that of the preview, as JSON."""
    given = json.dumps({"name": "Grace"})
    (tmp_path / "context.json").write_text(given)
    result = run("welcome.md", source, given if source == "--context" else str(tmp_path / "context.json"))
    assert result.exit_code == 0
    assert "# Welcome, Grace\n" in result.stdout


def test_a_context_may_come_from_stdin(app):
    """By the file name that stands for it everywhere."""
    result = run("attribute.txt", "--context-file", "-", input='{"order": {"number": 9}}')
    assert result.exit_code == 0
    assert "\n9\n" in result.stdout


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (["--context", "{"], "it is no JSON"),
        (["--context", ""], "it is no JSON"),
        (["--context", "[" * 100_000], "it is no JSON"),
        (["--context", "[1]"], "it is list; expected an object"),
        (["--context", "null"], "it is NoneType; expected an object"),
        (["--context-file", "nowhere.json"], "No such file"),
        (["--context", "{}", "--context-file", "-"], "two contexts"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_context_that_is_none_is_wrong_usage(app, args, part):
    """Exit code 2, with what is expected."""
    result = run("welcome.md", *args, input="{}")
    assert result.exit_code == 2
    assert part in result.stderr


def test_a_context_file_that_is_no_utf_8_is_wrong_usage(app, tmp_path):
    """And no traceback."""
    (tmp_path / "context.json").write_bytes(b'{"name": "\xff"}')
    result = run("welcome.md", "--context-file", str(tmp_path / "context.json"))
    assert result.exit_code == 2
    assert "is no UTF-8" in result.stderr


def test_without_a_preview_the_way_to_have_variables_is_told(app):
    """By an option, or for good; where some were given, it is known."""
    hint = "; give variables by --context, or a preview in an app's mail_previews.py"
    assert str(run("foot.md").exception).endswith(hint)
    assert str(run("attribute.txt").exception).endswith(hint)
    assert hint not in str(run("foot.md", "--context", '{"whne": 1}').exception)
    assert hint not in str(run("typo.md").exception)


def test_previews_that_cannot_be_loaded_are_a_warning(app, tmp_path):
    """The template is rendered all the same."""
    (tmp_path / app / "mail_previews.py").write_text("raise RuntimeError('no')")
    result = run("welcome.md", "--context", '{"name": "Ada"}')
    assert result.exit_code == 0
    assert "Warning: " in result.stderr
    assert "mail_previews cannot be imported: RuntimeError: no" in result.stderr
    assert "welcome.md, without a preview" in result.stdout


def test_an_untrusted_template_is_rendered_in_the_sandbox(app):
    """As it would be sent; what it lacks is named too."""
    with override_settings(EMAIL_UNTRUSTED_TEMPLATES=("notice.txt", "foot.md")):
        assert "Dear O'Brien" in run("notice.txt").stdout
        assert "'when' is undefined" in str(run("foot.md").exception)
