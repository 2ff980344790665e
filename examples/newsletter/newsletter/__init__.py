"""The Long Loop: a newsletter with a sign-up, an archive and a JSON API."""
