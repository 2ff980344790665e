"""Secrets inside texts."""

from __future__ import annotations

import pytest

from openviper.conf._secret_text import repr_without_secrets, text_without_secrets

PEM = "-----BEGIN RSA PRIVATE KEY-----\nhunter2\nhunter2=\n-----END RSA PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://h/?access_token=hunter2&n=1", "https://h/?access_token=***&n=1"),
        ("https://h/?n=1&client_secret=hunter2", "https://h/?n=1&client_secret=***"),
        ("https://h/#refresh_token=hunter2", "https://h/#refresh_token=***"),
        ("https://h/?user[password]=hunter2", "https://h/?user[password]=***"),
        ("https://h/?user%5Bpassword%5D=hunter2", "https://h/?user%5Bpassword%5D=***"),
        ("https://h/?sv=1&sig=hunter2%3D&se=2", "https://h/?sv=1&sig=***&se=2"),
        ("https://h/?X-Amz-Signature=hunter2", "https://h/?X-Amz-Signature=***"),
        ("https://h/?X-Amz-Security-Token=hunter2&n=1", "https://h/?X-Amz-Security-Token=***&n=1"),
        ("host=db db_password=hunter2", "host=db db_password=***"),
        ("host=db password=hun'ter2 n=1", "host=db password=*** n=1"),
        ("mysql --password=hunter2 app", "mysql --password=*** app"),
        ("mysql --password hunter2 app", "mysql --password *** app"),
        ("sh -c 'mysql --password=hunter2'", "sh -c 'mysql --password=***'"),
        (r"PGPASSWORD=hun\ ter2 psql", "PGPASSWORD=*** psql"),
        (r"PGPASSWORD=hun\;ter2\& psql", "PGPASSWORD=*** psql"),
        ("PGPASSWORD=hun'ter 2'x psql", "PGPASSWORD=*** psql"),
        ("PGPASSWORD='hun ter'2 psql", "PGPASSWORD=*** psql"),
        ("PGPASSWORD='hun'\"'\"'ter 2' psql", "PGPASSWORD=*** psql"),
        ("PGPASSWORD=hun''ter2 psql", "PGPASSWORD=*** psql"),
        ("PGPASSWORD=$'hun ter2' psql", "PGPASSWORD=*** psql"),
        ("mysql --password 'hun ter'2 app", "mysql --password *** app"),
        ("PGPASSWORD=hunter2\\", "PGPASSWORD=***"),
        ("curl -u admin:hunter2 http://x", "curl -u *** http://x"),
        ("curl -u 'admin:hun ter2' http://x", "curl -u *** http://x"),
        (r"curl -u admin:hun\ ter2 http://x", "curl -u *** http://x"),
        ("curl -uadmin:hunter2 http://x", "curl -u*** http://x"),
        ("curl -sSu admin:hunter2 http://x", "curl -sSu *** http://x"),
        ("curl --user admin:hunter2 http://x", "curl --user *** http://x"),
        ("curl --proxy-user=admin:hunter2 -U me:hunter2 http://x", "curl --proxy-user=*** -U *** http://x"),
        ("sh -c 'curl -u admin:hunter2' x", "sh -c 'curl -u ***' x"),
        ("-u admin:hunter2", "-u ***"),
        ("[password=hunter2 n=1]", "[password=*** n=1]"),
        ("Client(password=hunter2)", "Client(password=***"),
        ("password: hunter2\nuser: me", "password: ***\nuser: me"),
        ("passphrase: hunter2 hunter2", "passphrase: ***"),
        ("me\n  passphrase: hunter2, hunter2 \r\nn: 1", "me\n  passphrase: ***\r\nn: 1"),
        ("passphrase: 'hunter2 hunter2', n: 1", "passphrase: ***, n: 1"),
        ("passphrase: 'hunter2' hunter2\nn: 1", "passphrase: ***\nn: 1"),
        ('"passphrase": hunter2 hunter2\nn: 1', '"passphrase": ***\nn: 1'),
        ("passphrase: |\n  hunter2\n", "passphrase: ***"),
        ("tokens:\n- hunter2\n- hunter2\n", "tokens:\n***"),
        ("Cookie: session=hunter2; n=hunter2\nHost: h", "Cookie: ***\nHost: h"),
        ("cookie:session=hunter2; n=hunter2\nHost: h", "cookie:***\nHost: h"),
        ("Set-Cookie: session=hunter2; Path=/", "Set-Cookie: ***"),
        ("curl -H 'Cookie: n=hunter2; o=hunter2'", "curl -H 'Cookie: ***"),
        ("redis://h/0?auth=hunter2&n=1", "redis://h/0?auth=***&n=1"),
        ("Basic bWU6aHVudGVyMg==", "Basic ***"),
        ("with basic bWU6aHVudGVyMg, always", "with basic ***, always"),
        ("Authorization: Bearer hunter2", "Authorization: ***"),
        ("Authorization: Basic hunter2\r\nHost: h", "Authorization: ***\r\nHost: h"),
        ('Authorization: Digest a="b", response="hunter2"', "Authorization: ***"),
        ("curl -H 'authorization: hunter2' https://h", "curl -H 'authorization: ***"),
        ("curl with bearer hunter2, always", "curl with bearer ***, always"),
        ('{"private_key": "hunter2", "n": 1}', '{"private_key": ***, "n": 1}'),
        ('{"n": 1, "a": {"token":"hun\\"ter2"}}', '{"n": 1, "a": {"token":***}}'),
        ('{"Authorization": "Bearer hunter2", "n": 1}', '{"Authorization": ***, "n": 1}'),
        ('{"n": 1, "tokens": ["hunter2", "hunter2"]}', '{"n": 1, "tokens": ***'),
        (r'{"n": "{\"token\": \"hunter2\"}"}', r'{"n": "{\"token\": ***'),
        ("{'token': 'hunter2', 'n': 1}", "{'token': ***, 'n': 1}"),
        (PEM, "-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----\n"),
        (PEM[:45], "-----BEGIN RSA PRIVATE KEY-----***"),
        ("oracle://me/hunter2@h/x", "oracle://me/***@h/x"),
        ("oracle+oracledb://me/hunter2@h", "oracle+oracledb://me/***@h"),
        ("jdbc:oracle:thin:me/hunter2@h:1521:x", "jdbc:oracle:thin:me/***@h:1521:x"),
        ("https://0123456789abcdef0123@errors.example/1", "https://***@errors.example/1"),
    ],
)
def test_a_secret_is_masked_where_the_text_says_what_it_is(text, expected):
    """In URLs, connection strings, command lines, headers, JSON and keys."""
    assert text_without_secrets(text, "TEXT") == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("DSN", "me/hunter2@h:1521/x", "me/***@h:1521/x"),
        ("DSN", "h:1521/x", "h:1521/x"),
        ("URL", "me/you@h", "me/you@h"),
        ("SENTRY_URL", "https://hunter2@h/1", "https://***@h/1"),
    ],
)
def test_a_name_says_what_a_text_is(name, text, expected):
    """Without it the text may be anything."""
    assert text_without_secrets(text, name) == expected


@pytest.mark.parametrize(
    "text",
    [
        "app.tokens:Provider",
        "monkey=business&hotkey=1",
        "https://me@example.org/1",
        "https://h/a/b?sigma=1",
        "-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----",
        "secret agents and --passwords",
        "the token of a bearer",
        '{"monkey": "business"}',
        "oracle://h/x",
        "Authorization",
        "pass: 3 of 5",
        "first pass: 3 of 5 tests, second pass: 4 of 5 tests",
        "mysql -u root -h db",
        "psql -U root --user root",
        "docker run --user 1000:1000 image",
        "docker run -u 1000:1000 image",
        "date -u +%H:%M:%S",
        "scan -u https://h/x",
        "curl -o a:b https://h/x",
        "curl --url https://h/x --unix-socket /run/x",
        "a sentence with the word basic in it",
        "basic settings, basic structure, Basic c2V0dGluZ3M=",
        "app.cookie:Provider",
        "cookies, and a cookie",
    ],
)
def test_what_is_no_secret_stays(text):
    """A dotted name, a word, a user, a public key."""
    assert text_without_secrets(text, "TEXT") == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C(n=1, token=Wrapped('hunter2 hunter2'))", "C(n=1, token=***"),
        ("C(n=1, password=hun,ter2)", "C(n=1, password=***"),
        (r"""C("n", text='{\'password\': "hunter2"}')""", r"""C("n", text='{\'password\': ***}')"""),
        (r"C(text='host=db password=\'hun ter2\'')", "C(text='host=db password=***"),
        ("b'?access_token=hunter2'", "b'?access_token=***'"),
        ("C(password='hunter2', n=1)", "C(password=***, n=1)"),
    ],
)
def test_the_repr_of_an_object_has_labels(text, expected):
    """What stands behind one is masked whole."""
    assert repr_without_secrets(text, "TEXT") == expected


@pytest.mark.parametrize(
    "part",
    [
        *("password=x'y\\' ", 'password="', "password='\"'\"", "password=\\ ", "password=''", "password: '"),
        *("password:'x' ", "password: x\n", "token: 'x'\n ", "a b ", "a\\", "pass: 1 of ", "x'", "'\\", "\n", " "),
        *("curl -u ", "-u a:b'", "-u '''\"", "-uuuuuuuu", "cookie:", "cookie:x", "set-", "basic ", "basic YQ"),
        *("bearer ", "authorization:'", "authorization:\n", "://", "://x:", "://x@", "oracle+", "-----BEGIN "),
    ],
)
@pytest.mark.parametrize("text_of", [text_without_secrets, repr_without_secrets])
def test_a_long_text_takes_no_time(text_of, part):
    """One that took the square of its length would end no test here."""
    text = part * (100_000 // len(part))
    assert len(text_of(f"curl password={text}", "SENTRY_DSN")) < 2 * len(text)
    assert len(text_of(text, "TEXT")) < 2 * len(text)
