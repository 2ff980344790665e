"""Settings of a Django project with one database, which django-dbbackup backs up into a folder.

DBBACKUP_SITE: JSON with ``database`` (as in DATABASES), ``folder``, and ``connector``, which may be null.
"""

from __future__ import annotations

import json
import os
from importlib import import_module

GIVEN = json.loads(os.environ["DBBACKUP_SITE"])

if GIVEN["database"]["ENGINE"].endswith("mysql"):
    # In place of mysqlclient, which wants a compiler; the dump is mysqldump's.
    import_module("pymysql").install_as_MySQLdb()

SECRET_KEY = "not a secret: it signs nothing"
INSTALLED_APPS = ["dbbackup"]
DATABASES = {"default": GIVEN["database"]}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "dbbackup": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": GIVEN["folder"]}},
}
DBBACKUP_CONNECTORS = {"default": {"CONNECTOR": GIVEN["connector"]}} if GIVEN["connector"] else {}
