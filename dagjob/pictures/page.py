"""The picture as a page: the SVG and a legend in one HTML file that loads nothing and runs nothing."""

from __future__ import annotations

from html import escape

from dagjob.pictures.drawing import Drawing, Look
from dagjob.pictures.svg import element

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body{{margin:0;padding:24px;font:15px system-ui,sans-serif;background:light-dark(#fff,#10141a);color:light-dark(#1f2733,#e6eaf0)}}
h1{{font-size:20px;margin:0 0 4px}}p{{margin:0 0 16px;color:light-dark(#5b6675,#a9b4c2)}}
.picture{{overflow:auto;border:1px solid light-dark(#cdd4dd,#39424f);border-radius:8px}}
.picture:focus-visible{{outline:2px solid #2b6cb0}}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{facts}</p>
<div class="picture" tabindex="0">
{picture}
</div>
</body>
</html>"""


def page(drawing: Drawing, look: Look) -> str:
    """The whole file."""
    ops = sum(box.holds for box in drawing.boxes)
    facts = [f"{ops:,} op{'s' if ops != 1 else ''}"]
    if drawing.run:
        facts.append(f"run {drawing.run}: {drawing.status}")
        counts: dict[str, int] = {}
        for box in drawing.boxes:
            if box.status is not None:
                counts[box.status] = counts.get(box.status, 0) + 1
        facts += [f"{count:,} {status.replace('_', ' ')}" for status, count in counts.items()]
    name = "".join(letter if letter.isprintable() else "\ufffd" for letter in drawing.name)
    return _PAGE.format(title=escape(name), facts=escape(", ".join(facts)), picture=element(drawing, look))
