"""Django as ``startproject`` sets it up, with DEBUG off and a redirect to HTTPS: a page with a form."""

from __future__ import annotations

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.urls import path

__all__ = ["application"]

settings.configure(
    ALLOWED_HOSTS=["newsletter.example"],
    DEBUG=False,
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    ROOT_URLCONF=__name__,
    SECURE_SSL_REDIRECT=True,
    SECRET_KEY="not a secret: it signs what nobody else sees",
)


def home(request):
    field = f'<input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}">'
    return HttpResponse(f'<!doctype html><title>Sign up</title><form method="post">{field}<input name="email"></form>')


urlpatterns = [path("", home)]
application = get_asgi_application()
