"""Pure ASGI middleware: each class works in ``settings.MIDDLEWARE`` and around any ASGI application.

In the order in which they stand in a stack, the outermost first:

- ``requestid``: an id for every request, in the scope, the response and the log.
- ``proxy``: who the client is, where a reverse proxy stands in between.
- ``security``: host checking, the redirect to HTTPS, and the headers that tell browsers what a site never does.
- ``cors``: which other sites' scripts may call this one.
- ``error``: an answer for what nobody handled.
- ``csrf``: the refusal of what pages of other sites make a browser send.
- ``ratelimit``: how many requests a client may make.

And for all of them:

- ``base``: the contract, for middleware of your own.
- ``checks``: system checks of the list in the settings; ``_listed`` reads it, ``_order_checks`` looks at its order.
- ``_options``: the arguments of a middleware, behind them the settings, and what either may be.
- ``_exempt_paths``, ``_routes``: the paths that a middleware leaves alone, and where a request goes inside the
  application.
- ``_hosts``, ``_origins``, ``_tokens``: what a host is, an origin, and the name of a header, cookie or method.

The other modules belong to one middleware each:

- of ``proxy``: ``_trusted`` (which hops are trusted, and who of them is the client), ``_forwarded`` (what they write).
- of ``security``: ``_security_options`` and ``_presets`` (what is asked for), ``_security_headers``, ``_csp`` and
  ``_nonce`` (what is sent), ``_https_redirect``.
- of ``cors``: ``_cors_policy`` (what is allowed), ``_origin_patterns`` (which origins are), ``_preflight``.
- of ``csrf``: ``_csrf_options``, ``_csrf_origin`` (the headers that no page can forge), ``_csrf_token`` and
  ``_csrf_cookie`` (the token), ``_csrf_body`` and ``_form_field`` (the token in a form), ``_csrf_exempt`` (the mark).
- of ``ratelimit``: ``_rate_options``, ``_rate`` (``5/minute``), ``_rate_marks`` (limits of single routes),
  ``_rate_hits`` (which limits a request has to pass), ``_rate_keys`` (as whose), ``_rate_storage``, ``_gcra`` and
  ``_redis_gcra`` (where it is counted), ``_rate_limits`` (what headers say of it), ``_workers`` (whether there are
  other processes).
"""
