"""How the error pages look: light or dark as the visitor's system has it, readable on a phone."""

from __future__ import annotations

__all__ = ["STATUS_STYLE", "TRACEBACK_STYLE"]

_COLORS = """\
:root{--paper:#f7f8f6;--card:#fff;--ink:#1b211e;--soft:#5f6b65;--rule:#dfe3df;--green:#1b7a4b;--red:#b3261e;\
--hit:#fdecea;--mark:#f6b8b1;--code:#fbfcfb}\
@media (prefers-color-scheme:dark){:root{--paper:#101412;--card:#171c19;--ink:#e4e9e6;--soft:#94a09a;--rule:#29312d;\
--green:#5cc98f;--red:#ff8a80;--hit:#351c1b;--mark:#7d2f2a;--code:#131815}}\
*{box-sizing:border-box}\
body{margin:0;background:var(--paper);color:var(--ink);-webkit-text-size-adjust:100%;\
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}\
"""

STATUS_STYLE = (
    _COLORS
    + """\
body{display:grid;place-items:center;min-height:100vh;padding:1.5rem}\
main{max-width:34rem;width:100%;padding:0 0 8vh}\
.status{margin:0;font-size:clamp(5rem,22vw,8.5rem);font-weight:800;line-height:1;letter-spacing:-.05em;\
color:var(--green)}\
h1{margin:1.1rem 0 .4rem;font-size:1.6rem;line-height:1.25;letter-spacing:-.015em}\
.detail{margin:0;color:var(--soft);font-size:1.05rem;white-space:pre-wrap;overflow-wrap:anywhere}\
"""
)

TRACEBACK_STYLE = (
    _COLORS
    + """\
body>*{max-width:68rem;margin-inline:auto;padding-inline:clamp(1rem,4vw,2.5rem)}\
header{padding-top:2.5rem}\
pre,code,.where,.request{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}\
.request{margin:0;color:var(--soft);font-size:.875rem;overflow-wrap:anywhere}.request b{color:var(--green)}\
h1{margin:.5rem 0 .25rem;font-size:clamp(1.5rem,5vw,2.1rem);line-height:1.2;letter-spacing:-.02em;color:var(--red);\
overflow-wrap:anywhere}\
h2,h3{margin:0 0 .2rem;font-size:1.2rem;line-height:1.3;color:var(--red);overflow-wrap:anywhere}\
h1 small,h2 small,h3 small{font-size:.7em;font-weight:500;color:var(--soft);letter-spacing:0}\
.message{margin:.25rem 0;font-size:1.1rem;white-space:pre-wrap;overflow-wrap:anywhere}\
.note{margin:.5rem 0;padding:.1rem 0 .1rem .8rem;border-left:3px solid var(--green);color:var(--soft);\
white-space:pre-wrap;overflow-wrap:anywhere}\
.relation{margin:2.5rem 0 .6rem;padding-top:1.2rem;border-top:1px solid var(--rule);color:var(--soft);\
font-size:.9rem}\
.part{margin:1.25rem 0;padding-left:clamp(.7rem,2.5vw,1.4rem);border-left:3px solid var(--rule)}\
.frames{margin:1.25rem 0}.gap{margin:.5rem 0;color:var(--soft);font-size:.9rem}\
details{margin:.75rem 0}\
summary{cursor:pointer;overflow-wrap:anywhere}\
summary:focus-visible{outline:2px solid var(--green);outline-offset:2px}\
.frame{border:1px solid var(--rule);border-radius:10px;background:var(--card);overflow:hidden}\
.frame>summary{padding:.6rem .9rem}\
.where{font-size:.875rem}.where b{font-weight:650}.where i{font-style:normal;color:var(--soft)}\
.library{color:var(--soft)}.library>summary{font-size:.9rem;padding:.1rem .9rem}\
.library .frame{background:none;color:var(--ink)}\
pre{margin:0;padding:.6rem 0;overflow-x:auto;background:var(--code);border-top:1px solid var(--rule);\
font-size:.8125rem;line-height:1.6;tab-size:4}\
pre>span{display:block;min-width:max-content;padding-right:1rem}\
pre>span>i{display:inline-block;width:3.6rem;padding-right:1rem;text-align:right;font-style:normal;color:var(--soft);\
opacity:.75;user-select:none;-webkit-user-select:none}\
.hit{background:var(--hit);box-shadow:inset 3px 0 var(--red)}.hit>i{opacity:1}\
@media (max-width:40rem){pre{font-size:.75rem}pre>span>i{width:2.7rem;padding-right:.7rem}}\
mark{background:var(--mark);color:inherit;border-radius:3px}\
.plain{margin-top:2.5rem}.plain pre{padding:1rem;border:1px solid var(--rule);border-radius:10px}\
footer{margin-top:2.5rem;padding-bottom:2.5rem;color:var(--soft);font-size:.85rem}\
"""
)
