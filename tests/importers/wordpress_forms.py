"""Texts as WordPress keeps them, of either editor, and the HTML that it shows: name -> both."""

from __future__ import annotations

CLASSIC = {
    "lines": ("One\ntwo\n\nthree", "<p>One<br>two</p><p>three</p>"),
    "heading": ("Text.\n<h2>Part</h2>\nMore.", "<p>Text.</p><h2>Part</h2><p>More.</p>"),
    "quote": (
        "Text.\n<blockquote>Quoted.</blockquote>\nMore.",
        "<p>Text.</p><blockquote><p>Quoted.</p></blockquote><p>More.</p>",
    ),
    "two-quotes": (
        "<blockquote>One.</blockquote>\n<blockquote>Two.\n\nThree.</blockquote>",
        "<blockquote><p>One.</p></blockquote><blockquote><p>Two.</p><p>Three.</p></blockquote>",
    ),
    "list": (
        "Text:\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\nMore.",
        "<p>Text:</p><ul><li>a</li><li>b</li></ul><p>More.</p>",
    ),
    "two-lists": (
        "<ul><li>a</li></ul>\n<ul><li>b</li></ul>\n<ol><li>c</li></ol>\n<ol><li>d</li></ol>",
        "<ul><li>a</li></ul><ul><li>b</li></ul><ol><li>c</li></ol><ol><li>d</li></ol>",
    ),
    "list-deep": (
        "<ol>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n<li>c</li>\n</ol>",
        "<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>",
    ),
    "rule": ("One.\n<hr />\nTwo.", "<p>One.</p><hr><p>Two.</p>"),
    "table": (
        "Text.\n<table>\n<tr><th>a</th><th>b</th></tr>\n<tr><td>1</td><td>2</td></tr>\n<"
        "/table>\nX.",
        "<p>Text.</p><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
        "<p>X.</p>",
    ),
    "pre": ("Text.\n<pre>a\n\n  b\n</pre>\nMore.", "<p>Text.</p><pre>a\n\n  b\n</pre><p>More.</p>"),
    "code": (
        "Type <code>a_b *c* `d`</code> and <code>&lt;h1&gt;</code>.",
        "<p>Type <code>a_b *c* `d`</code> and <code>&lt;h1&gt;</code>.</p>",
    ),
    "signs": (
        "# no heading\n- no list\n1. no list\n> no quote\n*no* stress_ _no_ ~~no~~ [no]("
        "link) &lt;p&gt;",
        "<p># no heading<br>- no list<br>1. no list<br>&gt; no quote<br>*no* stress_ _no_ ~~no~~ "
        "[no](link) &lt;p&gt;</p>",
    ),
    "entities": ("A &amp; B &copy; C &amp;amp; D", "<p>A &amp; B &copy; C &amp;amp; D</p>"),
    "div": (
        '<div class="box">\n\nText *as it is*.\n\n</div>\n\nMore.',
        '<div class="box"><p>Text *as it is*.</p></div><p>More.</p>',
    ),
    "stress": (
        "<strong>a</strong><em>b</em> x<b> c </b>y <i>d</i>, <strong>e.</strong>f",
        "<p><strong>a</strong><em>b</em> x<b> c </b>y <i>d</i>, <strong>e.</strong>f</p>",
    ),
    "picture": (
        'Text.\n<img src="https://b.example/a.png" alt="A quay" />\nMore.',
        '<p>Text.<br><img src="https://b.example/a.png" alt="A quay"><br>More.</p>',
    ),
    "caption": (
        '[caption id="x" width="9"]<img src="https://b.example/a.png" alt="A" /> Words[/caption]',
        '<figure><img src="https://b.example/a.png" alt="A"><figcaption>Words</figcapti'
        'on></figure>',
    ),
    "more": ("One.\n\n<!--more-->\n\nTwo.", "<p>One.</p><p>Two.</p>"),
    "sourcecode": (
        '[sourcecode language="sh"]\nrun <x> && [y]\n[/sourcecode]',
        "<pre>run &lt;x&gt; &amp;&amp; [y]</pre>",
    ),
    "breaks": ("One<br /><br />two<br>three", "<p>One</p><p>two<br>three</p>"),
    "inline-html": (
        "H<sub>2</sub>O, x<sup>2</sup>, <kbd>Esc</kbd>, <del>gone</del>.",
        "<p>H<sub>2</sub>O, x<sup>2</sup>, <kbd>Esc</kbd>, <del>gone</del>.</p>",
    ),
}  # fmt: skip

BLOCKS = {
    "block-text": (
        "<!-- wp:paragraph -->\n<p>One\ntwo <a href=\"https://b.example/x_y\">c</a></p>\n"
        "<!-- /wp:paragraph -->\n\n<!-- wp:heading -->\n<h2>Part</h2>\n<!-- /wp:heading -->",
        '<p>One two <a href="https://b.example/x_y">c</a></p><h2>Part</h2>',
    ),
    "block-list": (
        "<!-- wp:list -->\n<ul><!-- wp:list-item -->\n<li>a<!-- wp:list {\"ordered\":true} -->\n"
        "<ol><!-- wp:list-item -->\n<li>b</li>\n<!-- /wp:list-item --></ol>\n<!-- /wp:list --></li>"
        "\n<!-- /wp:list-item --></ul>\n<!-- /wp:list -->",
        "<ul><li>a<ol><li>b</li></ol></li></ul>",
    ),
    "block-quote": (
        "<!-- wp:quote -->\n<blockquote><!-- wp:paragraph -->\n<p>Quoted.</p>\n"
        "<!-- /wp:paragraph --><cite>Ada</cite></blockquote>\n<!-- /wp:quote -->",
        "<blockquote><p>Quoted.</p><cite>Ada</cite></blockquote>",
    ),
    "block-code": (
        '<!-- wp:code {"language":"go"} -->\n<pre class="wp-block-code"><code>a &lt; b\n\nc</code>'
        "</pre>\n<!-- /wp:code -->",
        "<pre>a &lt; b\n\nc</pre>",
    ),
    "block-table": (
        "<!-- wp:table -->\n<figure class=\"wp-block-table\"><table><thead><tr><th>a</th></tr>"
        "</thead><tbody><tr><td>1 | 2</td></tr></tbody></table></figure>\n<!-- /wp:table -->",
        "<table><tr><th>a</th></tr><tr><td>1 | 2</td></tr></table>",
    ),
    "block-picture": (
        '<!-- wp:image -->\n<figure class="wp-block-image">'
        '<img src="https://b.example/a.png" alt="A"/><figcaption>Words</figcaption></figure>\n'
        '<!-- /wp:image -->',
        '<figure><img src="https://b.example/a.png" alt="A"><figcaption>Words</figcapti'
        'on></figure>',
    ),
    "block-gallery": (
        '<!-- wp:gallery {"linkTo":"none"} -->\n<figure class="wp-block-gallery has-nested-images">'
        '<!-- wp:image {"id":7} -->\n<figure class="wp-block-image">'
        '<img src="https://b.example/a.png" alt="A"/>'
        '<figcaption class="wp-element-caption">Of <em>a</em></figcaption></figure>\n'
        '<!-- /wp:image -->\n<!-- wp:image {"id":8} -->\n<figure class="wp-block-image">'
        '<img src="https://b.example/b.png" alt="B"/></figure>\n<!-- /wp:image -->'
        '<figcaption class="blocks-gallery-caption">All of them</figcaption></figure>\n'
        "<!-- /wp:gallery -->",
        '<figure><img src="https://b.example/a.png" alt="A"><figcaption>Of a</figcaption></figure>'
        '<figure><img src="https://b.example/b.png" alt="B"></figure>'
        "<figcaption>All of them</figcaption>",
    ),
    "block-gallery-list": (
        '<!-- wp:gallery {"ids":[7,8]} -->\n<figure class="wp-block-gallery"><ul '
        'class="blocks-gallery-grid"><li class="blocks-gallery-item"><figure>'
        '<img src="https://b.example/a.png" alt="A"/>'
        '<figcaption>Of a</figcaption></figure></li><li><figure><img src="https://b.example/b.png" '
        'alt="B"/></figure></li></ul></figure>\n<!-- /wp:gallery -->',
        '<figure><img src="https://b.example/a.png" alt="A"><figcaption>Of a</figcaption></figure>'
        '<figure><img src="https://b.example/b.png" alt="B"></figure>',
    ),
    "block-columns": (
        '<!-- wp:columns -->\n<div class="wp-block-columns"><!-- wp:column -->\n'
        '<div class="wp-block-column"><!-- wp:paragraph -->\n<p>Left.</p>\n<!-- /wp:paragraph -->'
        '</div>\n<!-- /wp:column --><!-- wp:column -->\n<div class="wp-block-column">'
        "<!-- wp:list -->\n<ul><li>right</li></ul>\n<!-- /wp:list --></div>\n<!-- /wp:column -->"
        "</div>\n<!-- /wp:columns -->",
        "<p>Left.</p><ul><li>right</li></ul>",
    ),
    "block-pattern": (
        '<!-- wp:paragraph -->\n<p>Before.</p>\n<!-- /wp:paragraph -->\n<!-- wp:block {"'
        'ref":900} /-->',
        "<p>Before.</p><p>Of the <strong>pattern</strong>.</p>",
    ),
    "block-details": (
        "<!-- wp:details -->\n<details class=\"wp-block-details\"><summary>More</summary>"
        "<!-- wp:paragraph -->\n<p>Hidden.</p>\n<!-- /wp:paragraph --></details>\n<!-- /"
        "wp:details -->",
        "<details><summary>More</summary><p>Hidden.</p></details>",
    ),
    "block-verse": (
        "<!-- wp:verse -->\n<pre class=\"wp-block-verse\">One,\n  two</pre>\n<!-- /wp:verse -->",
        "<pre>One,\n  two</pre>",
    ),
}  # fmt: skip
