"""What WordPress shows of a text, written down, held against what an import makes of it.

The expected HTML follows from `wpautop` (developer.wordpress.org, "wpautop()": paragraphs at empty
lines and around blocks, line breaks at other ends of lines) and from the grammar of blocks
(developer.wordpress.org, "Markup representation of a block": comments around the HTML as it is).
"""

from __future__ import annotations

import io
from pathlib import Path

from generator.adapters.files.import_folder import write_new
from generator.cli.import_ import built_anew
from generator.importers.comparison.pages import Pages, compare
from generator.importers.model import Target
from generator.importers.wordpress import site as wordpress
from tests.importers.old_generators import told
from tests.importers.old_sites import old_site
from tests.importers.sites import empty_site
from tests.importers.wordpress_forms import BLOCKS, CLASSIC
from tests.support.sites import NOW
from tests.support.wordpress import END, HEAD, item

NOTES = '[{"content":"The <em>moon</em>.","id":"aa"},{"content":"Blows.","id":"bb"}]'
FOOTNOTES = (
    '<!-- wp:paragraph -->\n<p>Tides<sup data-fn="aa" class="fn"><a href="#aa" id="aa-l'
    'ink">1</a></sup>'
    ' and wind<sup data-fn="bb" class="fn"><a href="#bb" id="bb-link">2</a></sup>.</p>\n'
    "<!-- /wp:paragraph -->\n<!-- wp:footnotes /-->",
    "<p>Tides<sup>1</sup> and wind<sup>2</sup>.</p><ol><li>The <em>moon</em>.</li><li>Bl"
    "ows.</li></ol>",
)


def test_texts_are_shown_alike(tmp_path: Path) -> None:
    texts = {**CLASSIC, **BLOCKS, "footnotes": FOOTNOTES}
    items = []
    for number, (name, (content, _)) in enumerate(texts.items(), 10):
        meta = ""
        if name == "footnotes":
            key, value = "<wp:meta_key>footnotes</wp:meta_key>", f"<![CDATA[{NOTES}]]>"
            meta = f"<wp:postmeta>{key}<wp:meta_value>{value}</wp:meta_value></wp:postmeta>"
        one = item(
            content,
            title=f"The {name}",
            link=f"https://a.example/{name}/",
            wp__post_id=str(number),
            wp__post_name=name,
        )
        items.append(one.replace("</item>", f"{meta}</item>"))
    pattern = (
        "<!-- wp:paragraph -->\n<p>Of the <strong>pattern</strong>.</p>\n<!-- /wp:paragraph -->"
    )
    items.append(item(pattern, wp__post_id="900", wp__post_type="wp_block", link=""))
    raw = (HEAD + "".join(items) + END).encode()
    into = empty_site(tmp_path / "new")
    conversion = wordpress.convert(
        lambda: io.BytesIO(raw), "e.xml", old_site({}), Target(config=None, now=NOW)
    )
    for file in conversion.files:
        write_new(into, file, {})
    page = "<!doctype html><title>The {0}</title><body><article><h1>The {0}</h1><div>{1}</div>"
    old = Pages(
        files={
            f"{name}/index.html": page.format(name, shown).encode()
            for name, (_, shown) in texts.items()
        },
        address="https://a.example",
    )
    comparison = compare(old, built_anew(into, conversion))
    assert comparison.pages == len(texts) >= 25
    assert told(comparison) == {}
