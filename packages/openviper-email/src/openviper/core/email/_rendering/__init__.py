"""From a template to text and html: environments, Markdown, html as text, CSS, and the process that can be ended."""
