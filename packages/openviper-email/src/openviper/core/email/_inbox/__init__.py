"""The pages of captured mail, behind :data:`openviper.core.email.inbox.inbox`.

- ``access``: who is answered; ``responses``: what is sent; ``application`` and ``routes``: which request means what.
- ``mime``, ``decoding``, ``message_view``: a message as a reader sees it, however broken it is.
- ``html_body``: the document in the frame; ``downloads``: attachments as files.
- ``stores`` and ``store``: where mail is kept, and reading it.
- ``rendering``, ``list_pages``, ``pages`` and ``api``: the same as HTML, over ``templates/``, and as JSON.
- ``rendered_preview`` and ``preview_pages``: templates with their sample contexts.
"""
