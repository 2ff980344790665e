"""Messages made of templates."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import json
import os
import subprocess
import sys
import threading
import time
from datetime import date, datetime, timedelta, tzinfo
from datetime import time as time_of_day
from decimal import Decimal

import pytest
from jinja2 import Environment, TemplateNotFound

from openviper.conf import override_settings
from openviper.core.email._rendering import process
from openviper.core.email._rendering.loaders import ConfinedLoader
from openviper.core.email._rendering.plain_data import plain_data
from openviper.core.email.errors import TemplateError
from openviper.core.email.templates import render_template, render_template_content


@pytest.fixture
def write(tmp_path):
    """Writes a template and returns the folder."""

    def written(name, source):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
        return tmp_path

    return written


def refusal(*arguments, **options):
    with pytest.raises(TemplateError) as caught:
        render_template_content(*arguments, **options)
    assert isinstance(caught.value, ValueError)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "html"),
    [
        ("mail.txt", "Hi O'Brien & <b>", None),
        ("mail.html", None, "Hi O&#39;Brien &amp; &lt;b&gt;"),
    ],
)
def test_the_suffix_says_what_is_made(write, name, text, html):
    """Text is not escaped, html is."""
    folder = write(name, "Hi {{ name }}")
    assert render_template_content(name, {"name": "O'Brien & <b>"}, folder) == (text, html)


@pytest.mark.parametrize("source", ["{{ v }}", "{{ v|e }}", "{{ v|escape }}", "{{ v|safe }}"])
def test_text_is_never_escaped(write, source):
    """Filters that escape or mark html leave the values of a text as they are."""
    assert render_template_content("a.txt", {"v": "O'Brien <b>"}, write("a.txt", source))[0] == "O'Brien <b>"


def test_text_of_safe_html(write):
    """Html that Python code marked as safe is its text in a text."""
    from markupsafe import Markup

    context = {"v": Markup("<b>O&#39;Brien</b>")}
    assert render_template_content("a.txt", context, write("a.txt", "{{ v }}"))[0] == "O'Brien"
    assert render_template_content("a.html", context, write("a.html", "{{ v }}"))[1] == "<b>O&#39;Brien</b>"


def test_no_context_is_an_empty_one(write):
    """A template without variables needs none."""
    assert render_template_content("a.txt", None, write("a.txt", "Hi")) == ("Hi", None)


@pytest.mark.parametrize("context", [[("a", 1)], "a", 7])
def test_a_context_is_a_mapping(write, context):
    """Anything else is refused."""
    assert f"is of type {type(context).__name__}; expected" in refusal("a.txt", context, write("a.txt", "Hi"))


def test_templates_inherit_and_include(write):
    """Blocks, includes and imports work in each kind of template, in folders too."""
    write("mail/base.html", "<h1>{% block title %}{% endblock %}</h1>{% include 'mail/foot.html' %}")
    write("mail/foot.html", "<p>{{ name }}</p>")
    folder = write("mail/hi.html", "{% extends 'mail/base.html' %}{% block title %}Hi {{ name }}{% endblock %}")
    assert (
        render_template_content("mail/hi.html", {"name": "<A>"}, folder)[1] == "<h1>Hi &lt;A&gt;</h1><p>&lt;A&gt;</p>"
    )


@pytest.mark.parametrize("name", ["footer.jinja", "_footer", "mail/macros.j2", "footer.mjml"])
@pytest.mark.parametrize("suffix", ["md", "html", "txt"])
def test_what_is_included_has_any_suffix(write, name, suffix):
    """What one of the developers' templates uses may be called anything, and is rendered as what uses it."""
    folder = write(name, "{% macro m(x) %}{{ x }}{% endmacro %}{{ name }}")
    write(
        f"mail.{suffix}", f"{{% include {name!r} %}} {{% import {name!r} as used with context %}}{{{{ used.m(name) }}}}"
    )
    text, html = render_template_content(f"mail.{suffix}", {"name": "*<b>*"}, folder)
    assert text in (None, "*<b>* *<b>*")
    assert html is None or "*&lt;b&gt;* *&lt;b&gt;*" in html


@pytest.mark.parametrize("name", ["../footer.jinja", "/etc/passwd", "a%2ffooter", "footer\\\\x", "a//b"])
def test_what_is_included_is_in_the_folders(write, name):
    """With any suffix, it leads nowhere else."""
    folder = write("mail.txt", f"{{% include '{name}' %}}")
    assert "expected a path within the templates folder" in refusal("mail.txt", {}, folder)


class TestWhereTemplatesAre:
    """TEMPLATES_DIR, the installed apps, or one folder."""

    def test_the_default_is_the_project_and_then_its_apps(self, tmp_path, monkeypatch):
        """TEMPLATES_DIR comes first, then each installed app's ``templates/`` in order."""
        monkeypatch.syspath_prepend(str(tmp_path))
        for app, names in {"mailapp_one": ("a", "b"), "mailapp_two": ("a", "b", "c")}.items():
            (tmp_path / app / "templates").mkdir(parents=True)
            (tmp_path / app / "__init__.py").touch()
            for name in names:
                (tmp_path / app / "templates" / f"{name}.txt").write_text(app)
        (tmp_path / "project").mkdir()
        (tmp_path / "project" / "a.txt").write_text("project")
        with override_settings(TEMPLATES_DIR=tmp_path / "project", INSTALLED_APPS=("mailapp_one", "mailapp_two")):
            assert [render_template_content(f"{name}.txt")[0] for name in "abc"] == [
                "project",
                "mailapp_one",
                "mailapp_two",
            ]
            assert f"{tmp_path / 'mailapp_two' / 'templates'}" in refusal("d.txt")

    def test_the_default_folder_is_templates(self, tmp_path, monkeypatch):
        """With no settings at all, it is ``templates`` of the current directory."""
        (tmp_path / "templates").mkdir()
        (tmp_path / "templates" / "a.txt").write_text("here")
        monkeypatch.chdir(tmp_path)
        assert render_template_content("a.txt")[0] == "here"

    def test_another_folder_is_searched_alone(self, tmp_path, write):
        """What is not there is not looked for in TEMPLATES_DIR."""
        write("project/a.txt", "project")
        write("other/b.txt", "other")
        with override_settings(TEMPLATES_DIR=tmp_path / "project"):
            assert render_template_content("b.txt", {}, tmp_path / "other")[0] == "other"
            assert "in none of these folders" in refusal("a.txt", {}, str(tmp_path / "other"))

    @pytest.mark.parametrize("folder", ["", "a\0b"])
    def test_a_folder_that_cannot_be_one(self, folder):
        """An empty name, and a null byte, are refused."""
        assert "expected a folder" in refusal("a.txt", {}, folder)


class TestErrors:
    """What the error says."""

    def test_a_missing_template(self, write):
        """Which folders were searched, and the nearest name there."""
        folder = write("welcome.md", "x")
        assert refusal("wellcome.md", {}, folder) == (
            f"template 'wellcome.md' is in none of these folders: {folder}; did you mean 'welcome.md'?"
        )

    def test_a_missing_folder(self, tmp_path):
        """A folder that is not there is named."""
        assert f"in none of these folders: {tmp_path / 'no'}" in refusal("a.md", {}, tmp_path / "no")

    def test_each_folder_is_named_once(self, tmp_path, monkeypatch):
        """Also where TEMPLATES_DIR is the ``templates/`` of an installed app."""
        app = tmp_path / "shop_of_templates"
        (app / "templates").mkdir(parents=True)
        (app / "__init__.py").touch()
        monkeypatch.syspath_prepend(str(tmp_path))
        with override_settings(INSTALLED_APPS=["shop_of_templates"], TEMPLATES_DIR=app / "templates"):
            assert refusal("a.md", {}).endswith(f"none of these folders: {app / 'templates'}")

    def test_a_folder_is_no_template(self, write, tmp_path):
        """A folder with the name of a template is not read."""
        (tmp_path / "a.md").mkdir()
        assert "in none of these folders" in refusal("a.md", {}, tmp_path)

    def test_a_missing_include(self, write):
        """The template that wants it, and the line."""
        folder = write("a.txt", "one\n{% include 'no.txt' %}")
        assert "'no.txt', which 'a.txt' wants in line 2, is in none" in refusal("a.txt", {}, folder)

    @pytest.mark.parametrize(
        ("source", "sentence"),
        [
            ("a\n{% if x %}", "template 'a.txt', line 2: Unexpected end of template"),
            ("a\n\n{{ x", "template 'a.txt', line 3: unexpected end of template"),
            ("{% nosuch %}", "template 'a.txt', line 1: Encountered unknown tag 'nosuch'"),
            ("{{ x|nosuch }}", "template 'a.txt', line 1: No filter named 'nosuch'"),
            ("a\n{{ nmae }}", "template 'a.txt', line 2: 'nmae' is undefined; did you mean 'name'?"),
            ("{{ zzz }}", "template 'a.txt', line 1: 'zzz' is undefined; the context has name, user"),
            ("\n\n{{ user.emial }}", "line 3: 'dict object' has no attribute 'emial'; did you mean 'email'?"),
            ("{{ name.uper() }}", "line 1: 'str object' has no attribute 'uper'; did you mean 'upper'?"),
            ("{% for a in zzz %}{% endfor %}", "line 1: 'zzz' is undefined"),
            ("{% if zzz %}{% endif %}", "line 1: 'zzz' is undefined"),
            ("a\n{% include 'a.txt' %}", "line 2: it uses itself without end"),
        ],
    )
    def test_where_and_why(self, write, source, sentence):
        """The template, the line and the reason."""
        message = refusal("a.txt", {"name": "Ada", "user": {"email": "a@b.example"}}, write("a.txt", source))
        assert sentence in message

    @pytest.mark.parametrize("suffix", ["md", "html"])
    def test_an_undefined_name_is_an_error_in_every_kind(self, write, suffix):
        """Nothing is left out silently."""
        assert "'nmae' is undefined" in refusal(f"a.{suffix}", {}, write(f"a.{suffix}", "Dear {{ nmae }}"))

    def test_an_empty_context(self, write):
        """It is said that there is nothing."""
        assert refusal("a.txt", {}, write("a.txt", "{{ x }}")).endswith("'x' is undefined; the context has nothing")

    def test_an_error_in_an_included_template(self, write):
        """The place is in the template that has the mistake."""
        write("foot.txt", "a\nb\n{{ nmae }}")
        assert "template 'foot.txt', line 3: 'nmae'" in refusal("a.txt", {}, write("a.txt", "{% include 'foot.txt' %}"))

    def test_bytes_that_are_no_text(self, tmp_path):
        """A template that is not UTF-8 is named."""
        (tmp_path / "a.txt").write_bytes(b"caf\xe9")
        assert "template 'a.txt' is not UTF-8: " in refusal("a.txt", {}, tmp_path)

    def test_the_programs_own_errors_pass(self, write):
        """What a method of a value raises is not disguised; a note says where the template was."""

        def broken():
            raise LookupError("the program's own")

        with pytest.raises(LookupError, match="the program's own") as caught:
            render_template_content("a.txt", {"f": broken}, write("a.txt", "a\n{{ f() }}"))
        assert caught.value.__notes__ == ["template 'a.txt', line 2 was rendered then"]

    @pytest.mark.parametrize("error", [UnicodeDecodeError, RecursionError])
    def test_the_programs_own_errors_of_any_kind_pass(self, write, error):
        """A method that decodes bytes, or calls itself without end, is no mistake of the template."""

        def endless():
            return endless()

        function = endless if error is RecursionError else lambda: json.loads(b"\xff\xff\xff")
        with pytest.raises(error) as caught:
            render_template_content("a.txt", {"f": function}, write("a.txt", "{{ f() }}"))
        assert caught.value.__notes__ == ["template 'a.txt', line 1 was rendered then"]

    @pytest.mark.parametrize("untrusted", [True, False])
    @pytest.mark.parametrize("name", [1, None, b"a", ("a",)])
    def test_names_are_text(self, write, name, untrusted):
        """A context with another key is refused, with its type."""
        message = refusal("a.txt", {"a": 1, name: 2}, write("a.txt", "Hi"), untrusted=untrusted)
        assert f"of type {type(name).__name__} as a name; expected text" in message


class TestUntrusted:
    """Templates that others may edit."""

    def render(self, write, source, context=None, name="a.md"):
        return render_template_content(name, context, write(name, source), untrusted=True)

    def error(self, write, source, context=None, name="a.md"):
        return refusal(name, context, write(name, source), untrusted=True)

    def test_it_renders_as_any_other(self, write):
        """Its parts are those of a trusted one."""
        context = {
            "name": "*Ada*",
            "on": date(2026, 2, 1),
            "sum": Decimal("1.10"),
            "items": ("a", 2, None, {"b": [1.5]}),
        }
        source = (
            "# {{ name }}\n\n{{ on.year }} {{ sum }} {% for each in items %}{{ each }} {% endfor %}{{ range(3)|sum }}"
        )
        assert self.render(write, source, context) == render_template_content(
            "a.md", {**context, "items": list(context["items"])}, write("a.md", source)
        )

    @pytest.mark.parametrize(
        "source",
        [
            "{{ ''.__class__ }}",
            "{{ ''['__class__'] }}",
            "{{ ''|attr('__class__') }}",
            "{{ ''.__class__.__mro__[1].__subclasses__() }}",
            "{{ self.__init__.__globals__ }}",
            "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
            "{{ lipsum.__globals__ }}",
            "{{ '{0.__class__}'.format(1) }}",
            "{{ '%s'.format_map({}).__class__ }}",
            "{{ names.append(1) }}",
            "{{ user.clear() }}",
        ],
    )
    def test_it_reaches_nothing(self, write, source):
        """Attributes that lead into the interpreter, and methods that change values, are refused."""
        assert "unsafe" in self.error(write, source, {"names": [], "user": {}})

    def test_it_gets_data_and_no_objects(self, write):
        """An object in its context is refused before anything is rendered, with its place."""

        class User:
            name = "Ada"

        message = self.error(write, "{{ user.name }}", {"a": [{"user": User()}]})
        assert "context['a'][0]['user'] is of type User; an untrusted template gets plain data" in message

    def test_data_that_holds_itself(self, write):
        """A list within itself is refused."""
        endless = []
        endless.append(endless)
        assert "20 levels deep" in self.error(write, "x", {"endless": endless})

    def test_lists_of_the_same_lists(self, write):
        """What is held in many places is copied once: eight times eight, and so on, are not two million."""
        shared, begin = ["x"], time.monotonic()
        for _ in range(18):
            shared = [shared] * 8
        assert self.render(write, "{{ v[0][7]|length }}", {"v": shared, "w": shared}, "a.txt")[0] == "8"
        assert time.monotonic() - begin < 20

    @pytest.mark.parametrize("many", [range(10**12), ["x"] * 100_001, dict.fromkeys(range(50_001))])
    def test_more_data_than_a_mail_shows(self, write, many):
        """A hundred thousand values are the most, whether they are there already or made one by one."""
        assert "more than 100000 values" in self.error(write, "x", {"many": many})

    def test_as_much_data_as_a_mail_shows(self):
        """A hundred thousand values, the list that has them included; and twenty lists in each other."""
        assert len(plain_data({"many": ["x"] * 99_999})["many"]) == 99_999
        with pytest.raises(TemplateError, match="more than 100000 values"):
            plain_data({"many": ["x"] * 100_000})
        deep = []
        for _ in range(19):
            deep = [deep]
        assert plain_data({"deep": deep}) == {"deep": deep}
        with pytest.raises(TemplateError, match="20 levels deep"):
            plain_data({"deep": [deep]})

    def test_keys_may_be_tuples_of_data(self, write):
        """And nothing that only programs have."""
        assert self.render(write, "{{ v[(1, 'a')] }}", {"v": {(1, "a"): "x"}}, "a.txt")[0] == "x"
        assert "a key of context['v'] is of type object" in self.error(write, "x", {"v": {(object(),): 1}})
        assert "a key of context['v'] is a frozenset" in self.error(write, "x", {"v": {frozenset(): 1}})

    def test_times_keep_their_zone(self, write):
        """A time has the offset and the name of its zone, whatever class the zone is of."""

        class Zone(tzinfo):
            def utcoffset(self, when):
                return timedelta(hours=2)

            def tzname(self, when):
                return "CEST"

            def dst(self, when):
                return timedelta(hours=1)

        context = {
            "at": datetime(2026, 7, 1, 12, 30, tzinfo=Zone()),
            "clock": time_of_day(9, 5),
            "days": [date(2026, 7, 2)],
        }
        source = "{{ at.strftime('%H:%M %Z') }} {{ at }} {{ clock }} {{ days[0].day }}"
        assert self.render(write, source, context, "a.txt")[0] == "12:30 CEST 2026-07-01 12:30:00+02:00 09:05:00 2"

    def test_kinds_of_text_and_numbers(self, write):
        """Enumerations of text and of numbers, and safe html, are data."""

        class Colour(enum.StrEnum):
            RED = "red"

        class Older(str, enum.Enum):  # noqa: UP042 - as older programs have it
            BLUE = "blue"

        class Level(enum.IntEnum):
            HIGH = 3

        source = "{{ colour }} {{ older }} {{ older == 'blue' }} {{ level + 1 }}"
        context = {"colour": Colour.RED, "older": Older.BLUE, "level": Level.HIGH}
        assert self.render(write, source, context, "a.txt")[0] == "red blue True 4"

    @pytest.mark.parametrize(
        "source",
        [
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            "{{ (9 ** (9 ** 9))|string|length }}",
            "{% for a in x %}{% for b in x %}{% for c in x %}{% endfor %}{% endfor %}{% endfor %}",
        ],
    )
    def test_it_ends_at_its_deadline(self, write, source):
        """What would run for hours is ended, with its process."""
        begin = time.monotonic()
        with override_settings(EMAIL_TIMEOUT=1.5):
            assert "took longer than 1.5 s to render and was ended" in self.error(write, source, {"x": "x" * 9999})
        assert time.monotonic() - begin < 20

    @pytest.mark.parametrize(
        "source",
        [
            "{% for i in range(10**9) %}x{% endfor %}",
            "{{ 'x' * 10**10 }}",
            "{{ 'x'|center(10**10) }}",
            "{% set n = namespace(s='xxxx') %}{% for i in range(40) %}{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s }}",
            "{{ '%9999999999d' % 1 }}",
            "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        ],
    )
    def test_its_size_is_bounded(self, write, source):
        """Memory and range have a limit, at which the template fails and the program goes on."""
        message = self.error(write, source)
        assert any(why in message for why in ("Range too big", "MemoryError", "uses itself without end", "ended the"))

    def test_its_output_is_bounded(self, write):
        """More than two million characters are refused."""
        source = "{% for i in range(30000) %}{{ 'x' * 100 }}{% endfor %}"
        assert "it makes more than 2097152 characters" in self.error(write, source, name="a.html")
        assert "it makes more than 2097152 characters" in self.error(write, "{{ 'x' * n }}", {"n": 2_097_153}, "a.txt")
        assert len(self.render(write, "{{ 'x' * n }}", {"n": 2_097_152}, "a.txt")[0]) == 2_097_152

    @pytest.mark.parametrize("name", ["../secret.txt", "/etc/passwd", "secret", "settings.py", "a%2f.txt"])
    def test_it_includes_templates_alone(self, write, tmp_path, name):
        """An include that leads out of the folder, or to a file that is no template, is refused."""
        write("inner/settings.py", "SECRET")
        write("secret.txt", "SECRET")
        write("inner/a.md", f"{{% include '{name}' %}}")
        message = refusal("a.md", {}, tmp_path / "inner", untrusted=True)
        assert f"template={name!r}" in message

    def test_it_follows_no_link_out_of_the_folder(self, write, tmp_path):
        """A symbolic link in the folder to a file elsewhere is no template."""
        write("secret.txt", "SECRET")
        write("inner/a.md", "{% include 'link.txt' %}")
        (tmp_path / "inner" / "link.txt").symlink_to(tmp_path / "secret.txt")
        assert "template 'link.txt'" in refusal("a.md", {}, tmp_path / "inner", untrusted=True)

    def test_mistakes_are_explained_all_the_same(self, write):
        """The line and the nearest name come out of the process."""
        assert "template 'a.md', line 2: 'nmae' is undefined; did you mean 'name'?" in self.error(
            write, "a\n{{ nmae }}", {"name": "Ada"}
        )

    def test_other_errors_are_the_templates(self, write):
        """A division by zero is the template's mistake."""
        assert "template 'a.md': it raised ZeroDivisionError: " in self.error(write, "{{ 1 / 0 }}")

    @pytest.mark.parametrize("pattern", ["customers/*", "CUSTOMERS/*.md", "*/1/*"])
    def test_a_setting_names_them(self, write, pattern):
        """EMAIL_UNTRUSTED_TEMPLATES has patterns of their names, whatever the case."""
        folder = write("customers/1/a.md", "{{ ''.__class__ }}")
        assert "class" in render_template_content("customers/1/a.md", {}, folder)[0]
        with override_settings(EMAIL_UNTRUSTED_TEMPLATES=(pattern,)):
            assert "unsafe" in refusal("customers/1/a.md", {}, folder)

    def test_a_trusted_one_does_not_use_them(self, write):
        """An include would render it outside of the sandbox."""
        write("customers/a.txt", "x")
        folder = write("b.txt", "{% include 'customers/a.txt' %}")
        with override_settings(EMAIL_UNTRUSTED_TEMPLATES=("customers/*",)):
            assert "'customers/a.txt' is one of EMAIL_UNTRUSTED_TEMPLATES" in refusal("b.txt", {}, folder)

    @pytest.mark.parametrize("use", ["{% include NAME %}", "{% extends NAME %}", "{% import NAME as x %}"])
    @pytest.mark.parametrize(
        "name", ["./customers/a.html", "/customers/a.html", "customers//a.html", "customers/./a.html", "mail/link.html"]
    )
    def test_no_other_name_leads_around_the_sandbox(self, write, use, name):
        """A path that is not in its normal form, and a link to an untrusted template, are refused."""
        folder = write("customers/a.html", "{{ ''.__class__ }}")
        write("b.html", use.replace("NAME", f"'{name}'"))
        (folder / "mail").mkdir()
        (folder / "mail" / "link.html").symlink_to("../customers/a.html")
        with override_settings(EMAIL_UNTRUSTED_TEMPLATES=("customers/*",)):
            message = refusal("b.html", {}, folder)
        assert "leads to 'customers/a.html', which is one of" in message or "expected a path within" in message

    @pytest.mark.parametrize(
        "source",
        [
            "{{ {}['A' * 20000000] }}",
            "{{ {}.x('A' * 20000000) }}",
            "{{ ''|replace('a', 'b', 'A' * 20000000) }}",
            "{{ '%d' % ('A' * 20000000) }}",
            "{{ {}['\\nERROR forged line\\x1b[2J\\u202e'] }}",
            "{{ int('\\nERROR') }}{{ lipsum(n='\\nERROR forged') }}",
            "{{ [1]|sum('\\nERROR forged') }}",
            "{{ [[1]]|map('\\nERROR forged')|list }}",
            "{% include '\\nERROR forged.txt' %}",
            "{% extends 'A' * 20000000 %}",
        ],
    )
    def test_its_errors_are_one_short_line(self, write, source):
        """Whatever a template puts into the text of an error is cut, and cannot forge a line of a log."""
        message = self.error(write, source, name="a.txt")
        assert message.isprintable()
        assert len(message) < 1_200

    def test_its_process_has_no_passwords(self, monkeypatch):
        """Of the environment it has what Python needs."""
        monkeypatch.setenv("DATABASE_PASSWORD", "secret")
        code = "import os; print(sorted(os.environ))"
        done = subprocess.run([sys.executable, "-c", code], env=process._environ(), capture_output=True, check=True)
        assert b"PATH" in done.stdout
        assert b"PASSWORD" not in done.stdout

    async def test_endless_ones_hold_up_nobody_else(self, write):
        """Two run at once, the others wait as long as they may; the threads of the program are free."""
        folder = write("a.txt", "{% for a in x %}{% for b in x %}{% for c in x %}{% endfor %}{% endfor %}{% endfor %}")
        write("b.txt", "Hi")
        with override_settings(EMAIL_TIMEOUT=1.5):
            endless = [
                asyncio.create_task(render_template("a.txt", {"x": "x" * 9999}, folder, untrusted=True))
                for _ in range(40)
            ]
            await asyncio.sleep(0.3)
            assert await render_template("b.txt", {}, folder) == ("Hi", None)
            assert not any(task.done() for task in endless)
            failures = await asyncio.gather(*endless, return_exceptions=True)
        late = [str(each) for each in failures if "could not be begun within 1.5 s" in str(each)]
        assert len(late) >= 36
        assert all(isinstance(each, TemplateError) for each in failures)

    async def test_a_cancelled_one_leaves_the_queue(self, write):
        """Those that are not wanted any more are never begun."""
        folder = write("a.txt", "Hi")
        tasks = [asyncio.create_task(render_template("a.txt", {}, folder, untrusted=True)) for _ in range(30)]
        await asyncio.sleep(0.1)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        with override_settings(EMAIL_TIMEOUT=5):
            assert await render_template("a.txt", {}, folder, untrusted=True) == ("Hi", None)

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
    def test_a_forked_process_renders_too(self, write):
        """As the workers of a server that has rendered before it forked."""
        assert self.render(write, "Hi", name="a.txt") == ("Hi", None)
        code = (
            "import os, sys; from openviper.core.email.templates import render_template_content as r; "
            f"folder = {str(write('a.txt', 'Hi'))!r}; r('a.txt', {{}}, folder, untrusted=True); child = os.fork(); "
            "child or os._exit(r('a.txt', {}, folder, untrusted=True) != ('Hi', None)); "
            "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
        )
        assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0

    def test_a_link_to_an_untrusted_template_is_refused(self, write):
        """Also where it is asked for itself, and where a folder is the link."""
        folder = write("customers/a.html", "{{ ''.__class__ }}")
        (folder / "mail.html").symlink_to("customers/a.html")
        (folder / "other").symlink_to("customers")
        with override_settings(EMAIL_UNTRUSTED_TEMPLATES=("customers/*",)):
            for name in ("mail.html", "other/a.html"):
                assert "leads to 'customers/a.html'" in refusal(name, {}, folder)

    def test_links_of_the_developers_are_followed(self, write, tmp_path):
        """Within the folder and out of it, to what is not untrusted."""
        write("elsewhere/a.txt", "Hi")
        folder = write("mail/b.txt", "{% include 'a.txt' %}") / "mail"
        (folder / "a.txt").symlink_to(tmp_path / "elsewhere" / "a.txt")
        with override_settings(EMAIL_UNTRUSTED_TEMPLATES=("customers/*",)):
            assert render_template_content("b.txt", {}, folder) == ("Hi", None)

    def test_an_exchanged_link_gets_nowhere(self, write, tmp_path):
        """What is a file when it is checked and a link when it is opened is not read."""
        write("secret/a.txt", "SECRET")
        folder = write("inner/sub/a.txt", "inner") / "inner"
        (folder / "link").symlink_to(tmp_path / "secret")
        stop = threading.Event()

        def exchange():
            while not stop.is_set():
                (folder / "sub").rename(folder / "put away")
                (folder / "link").rename(folder / "sub")
                (folder / "sub").rename(folder / "link")
                (folder / "put away").rename(folder / "sub")

        other, read = threading.Thread(target=exchange), set()
        loader = ConfinedLoader((folder,))
        other.start()
        try:
            for _ in range(1_500):
                with contextlib.suppress(TemplateNotFound):
                    read.add(loader.get_source(Environment(), "sub/a.txt")[0])
        finally:
            stop.set()
            other.join()
        assert read == {"inner"}

    def test_it_does_not_see_the_current_directory(self, write, tmp_path, monkeypatch):
        """A module in the current directory does not replace one that the process needs."""
        (tmp_path / "jinja2.py").write_text("raise SystemExit('replaced')")
        monkeypatch.chdir(tmp_path)
        assert self.render(write, "Hi", name="a.txt") == ("Hi", None)


class TestInATask:
    """``await render_template(...)``."""

    async def test_it_renders_the_same(self, write):
        """The parts are those of the plain function."""
        folder = write("a.md", "*Hi* {{ name }}")
        assert await render_template("a.md", {"name": "Ada"}, folder) == render_template_content(
            "a.md", {"name": "Ada"}, folder
        )

    async def test_the_loop_goes_on(self, write):
        """Other tasks run while a template is slow."""
        folder, seen = write("a.txt", "{{ slow() }}"), []

        async def tick():
            while True:
                seen.append(None)
                await asyncio.sleep(0.005)

        other = asyncio.create_task(tick())
        await render_template("a.txt", {"slow": lambda: time.sleep(0.2)}, folder)
        other.cancel()
        assert len(seen) > 2

    async def test_many_at_once(self, write):
        """One environment serves many threads."""
        folder = write("a.md", "**{{ name }}**")
        made = await asyncio.gather(*(render_template("a.md", {"name": f"n*{i}"}, folder) for i in range(50)))
        assert [text for text, _ in made] == [f"**n*{i}**" for i in range(50)]


def test_a_changed_file_is_read_again_in_debug(write):
    """With DEBUG, the next message has what the template says now; without it, the first reading stays."""
    folder = write("a.txt", "one")
    with override_settings(DEBUG=True):
        assert render_template_content("a.txt", {}, folder)[0] == "one"
        write("a.txt", "two")
        os.utime(folder / "a.txt", (1, 1))
        assert render_template_content("a.txt", {}, folder)[0] == "two"


def test_jinja_comes_with_the_first_template():
    """Importing the package loads neither Jinja2 nor a Markdown parser."""
    code = "import sys, openviper.core.email.templates; print({'jinja2', 'markdown_it'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


LOADED = """
import asyncio, sys, threading

class Noted:
    def find_spec(self, name, path=None, target=None):
        if threading.current_thread() is threading.main_thread():
            here.add(name.partition(".")[0])

here = set()
from openviper.core.email.templates import render_template
sys.meta_path.insert(0, Noted())
asyncio.run(render_template("a.md", {}, sys.argv[1]))
print(sorted(here & {"jinja2", "markupsafe", "markdown_it", "mdurl", "css_inline"}), "jinja2" in sys.modules)
"""


def test_jinja_is_loaded_in_a_thread(write):
    """The first template of a program does not hold up its event loop for as long as it takes to load what renders."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, str(write("a.md", "*Hi*"))], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[] True\n"
