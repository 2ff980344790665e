"""``openviper completion``: what makes a shell complete the names of commands and options."""

from __future__ import annotations

import os
from pathlib import PurePath

import click

from openviper.cli._completion import SHELLS, completion_script

__all__ = ["completion"]

_WHERE = """\b
bash, with the package bash-completion:
  mkdir -p ~/.local/share/bash-completion/completions
  openviper completion bash > \\
    ~/.local/share/bash-completion/completions/openviper

\b
zsh, with fpath+=(~/.zfunc) before compinit in ~/.zshrc:
  mkdir -p ~/.zfunc
  openviper completion zsh > ~/.zfunc/_openviper

\b
fish:
  mkdir -p ~/.config/fish/completions
  openviper completion fish > \\
    ~/.config/fish/completions/openviper.fish

\b
For the running shell alone:
  source <(openviper completion bash)   # or zsh
  openviper completion fish | source
"""


@click.command(epilog=_WHERE)
@click.argument("shell", required=False, type=click.Choice(SHELLS), metavar="[SHELL]")
@click.pass_context
def completion(ctx: click.Context, shell: str | None) -> None:
    """Print a shell's completion script.

    With it a Tab completes the names of commands and options.

    SHELL is bash, fish or zsh; without it, the one that $SHELL names.
    """
    script = completion_script(ctx.find_root().command, shell or _guessed(ctx))
    click.echo(script, nl=False)


def _guessed(ctx: click.Context) -> str:
    path = os.environ.get("SHELL", "")
    name = PurePath(path).name
    if name not in SHELLS:
        told = f"SHELL={path!r} (environment)" if path else "SHELL is not set, and so"
        raise click.UsageError(f"{told} names no shell that can complete; expected one of {', '.join(SHELLS)}", ctx)
    return name
