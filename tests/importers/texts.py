"""Texts of our own that a generator and an import must show alike: name -> Markdown.

`COMMON` is read alike by Goldmark and kramdown; what either has of its own is apart.
"""

from __future__ import annotations

COMMON = {
    "emphasis": "Low *water* and **high** water, ***both***, snake_case_word and 2*3*4.\n",
    "quotes": (
        "\"Ready?\" asked the keeper -- 'yes', said the pilot... It's the '90s --- maybe.\n\n"
        "She said \"the *tide* is 'in'\". A 5'10\" boat, rock 'n' roll.\n"
    ),
    "list-fence": (
        "1. Moor the boat:\n\n   ```sh\n   tie bow\n     tie stern\n   ```\n\n2. Go ashore.\n\n"
        "After the list.\n"
    ),
    "list-fence-four": (
        "- Moor the boat:\n\n    ```sh\n    tie bow\n      tie stern\n    ```\n\n- Go ashore.\n\n"
        "After the list.\n"
    ),
    "list-indented-code": (
        "1.  Look at this:\n\n        x = 1\n        y = 2\n\n    and on.\n\n2.  Done.\n\nAfter.\n"
    ),
    "list-nested": (
        "* one\n  * two\n    * three\n  * four\n* five\n\nText.\n\n- a\n\n    b in a\n\n- c\n"
    ),
    "list-numbers": "3. three\n4. four\n   - deep\n   - er\n5. five\n\nIn\n1986. no list.\n",
    "list-tabs": "*\tone\n*\ttwo\n\n\ttwo goes on\n*\tthree\n",
    "html-list": (
        "<ul>\n  <li>one\n    <ul>\n      <li>deep</li>\n    </ul>\n  </li>\n"
        "  <li>two</li>\n</ul>\n\nThe text goes on, with no code.\n"
    ),
    "html-deep": (
        "<div class=\"box\">\n    <p>Indented by four.</p>\n\n    <p>After an empty line.</p>\n"
        "</div>\n\nText after.\n"
    ),
    "code-spans": "A `<h1>` and `# no heading` and ``a ` b`` and `it's -- so...`.\n",
    "fence-blank": "```\none\n\n ```\n\nText after the fence.\n",
    "fence-tilde": "~~~ python\n# no heading\n- no list\n```\nx\n```\n~~~\n\nText.\n",
    "fence-long": "````md\n```\ninner\n```\n````\n\nText.\n",
    "indented-code": "Text.\n\n    <h2>code</h2>\n    - code\n\nText.\n",
    "heading-braces": "Text.\n\n### getset(key) {block}\n\nText.\n\n## a `{x}` b\n\nText.\n",
    "heading-ids": (
        "## One & two\n\n## C++ and C#\n\n## Ünïcode süß\n\n## snake_case name\n\n## 3. Third\n\n"
        "## What's *new* in `v1.2`?\n\n## One & two\n\n## A -- B\n\n## Dots... and [links](/x/)\n\n"
        "## Trailing -\n\n## 日本 語\n"
    ),
    "heading-own-id": "## Named {#my_own_x_}\n\n## Other {#Upper-Case}\n\nText.\n",
    "heading-setext": "Upper\n=====\n\nText.\n\nLower\n-----\n\nText.\n",
    "heading-skips": "#### Deep first\n\nText.\n\n# High\n\n### Deep\n\nText.\n",
    "table": (
        "| Port | Depth |\n|:-----|------:|\n| `a \\| b` | 3 *m* |\n| [c](/x/) | 4 |\n\nText.\n"
    ),
    "footnotes": "Tides[^1] and winds[^wind].\n\n[^1]: The moon.\n\n[^wind]: Blows *hard*.\n",
    "definitions": "Bow\n: The front.\n\nStern\n: The back,\n  and more.\n\nText.\n",
    "quotation": "> A quote\n> goes on.\n>\n> > Deep.\n>\n> - a\n> - b\n\nText.\n",
    "quotation-fence": "> Look:\n>\n> ```sh\n> run\n> ```\n\nText.\n",
    "links-reference": (
        "[One][a], [two][], [three].\n\n[a]: https://x.example/a_b_c\n[two]: /two/ \"Two\"\n"
        "[three]: <https://x.example/with (brackets)>\n"
    ),
    "links-auto": "<https://x.example/a_b> and <mail@x.example>.\n",
    "breaks": "One  \ntwo\nthree\n\nfour\\\\five\n",
    "details": "<details>\n<summary>More</summary>\n\nHidden *text*.\n\n</details>\n\nText.\n",
    "escapes": "\\*no emphasis\\* and \\_this\\_, \\# no heading, 1\\. no list, &copy; &lt;.\n",
    "hashtag": "#tag is no heading.\n\nNor is # here.\n",
    "comment": "Before.\n\n<!-- never shown -->\n\nAfter.\n",
    "image": "![A quay](/quay.png \"The quay\") and [![linked](/quay.png)](/x/).\n",
    "image-title": (
        "Text.\n\n![A quay](/quay.png \"A Quay\")\n\nText.\n\n    ![A quay](/quay.png \"A quay\")\n"
    ),
    "image-caption": "Text.\n\n![A quay](/quay.png \"At dawn\")\n\nText.\n",
    "heading-code": (
        "## `run --now` -- twice\n\n## The `__STACK__` of `<h1>`\n\n## A_b_ `c_d`\n\nText.\n"
    ),
    "rule": "One.\n\n---\n\nTwo.\n\n***\n\nThree.\n",
    "html-inline": "Press <kbd>Ctrl</kbd>, H<sub>2</sub>O, a <b>bold *word*</b>.\n",
    "strike": "~~gone~~ stays.\n",
    "tilde": (
        "In ~/boats and ~/quays, about ~3 m (~4 m), `~/x` and <a href='/~ada'>Ada</a>.\n\n"
        "Not <code>~/boats/<wbr></code>, nor <code>~/quays</code>.\n"
    ),
    "list-after-text": "Packing list:\n\n* rope\n* lamp\n\n1) one\n\nText.\n",
    "html-table": (
        "<table>\n<tr><th>a</th><td>b</td></tr>\n</table>\n\nText with *stress*.\n"
    ),
}  # fmt: skip

HUGO = {
    "emoji": (
        "## Hi :smile: there\n\n## Same 😄 there\n\nA :+1:, *:tada::wave:* [:ship:](/x/) "
        "<kbd>:ship:</kbd> at 10:30:45.\n\n\\:smile: :Smile: `:ship:` :not_one: "
        "<http://x.example/:ship:/>\n\n<div>\n:ship:\n</div>\n\n| a |\n|---|\n| :ship: |\n\n"
        "    :ship:\n"
    ),
    "definition-ids": (
        "## Bow\n\nBow\n: The front.\n\nBow & *stern* -- 2\n\n: Both,\n  in all.\n: Or not.\n\n"
        "One word\nAnother `word`\n: Two.\n"
    ),
    "bare-link": "See https://x.example/a_b_c. And www.x.example too.\n",
    "tasks": "- [x] done\n- [ ] open\n",
    "fence-options": "```go {linenos=true,hl_lines=[1]}\nx := 1\ny := 2\n```\n",
    "fence-in-item": "- a\n  ```go\n  x\n  ```\n- b\n",
    "shortcode-figure": '{{< figure src="/quay.png" alt="A quay" caption="The quay" >}}\n\nText.\n',
    "shortcode-ref": 'A [link]({{< ref "emphasis.md" >}}) and [on]({{< relref "quotes" >}}#x).\n',
    "shortcode-highlight": '{{< highlight go >}}\nx := "a"\n{{< /highlight >}}\n\nText.\n',
    "shortcode-escaped": "Write {{</* figure */>}} so.\n",
    "heading-attributes": "## Fine {#fine .big}\n\nText.\n",
    "links-folder": "To [one](/posts/emphasis/), [two](../quotes/) and [three](../../about/).\n",
}

JEKYLL = {
    "signs": (
        "About ~5 or ~6, ~word~ and ~two words~, not ~~gone~~; [x](https://x.example/~a/~b/).\n\n"
        "Ends\\\\\nhere, `~x~ \\\\`.\n"
    ),
    "table-headless": "Text.\n\n| a | `b` |\n| [d](/x/) | *e* |\n\nText.\n\n|---|\n| f |\n",
    "table-short-rule": "| a | b | c |\n|---|:--|\n| 1 | 2 | 3 |\n|---\n| 4 | 5 | 6 |\n\nText.\n",
    "addresses-odd": (
        '![A](/a b c.png) and [b](/x y/ "Title").\n\n[one], [two], [three]\n\n'
        "[one]: https://x.example/a)\n[two]: https://x.example/b\n[three]: /c(d)\n"
    ),
    "lone-tags": (
        '<br/>\nA *line* [b](/x/).\n\nText.\n<br>\nMore *text*.\n\n<a id="x"></a>\n*Stress*.\n'
    ),
    "html-unended": (
        "<div>\n\n*Stress*\n\n</div>\n\n<section>\n<p>One</p>\n\n    <p>Two</p>\n</section>\n"
    ),
    "braces-in-code": 'Write:\n\n    {:boat, "> 0", x: y}\n\nor {:boat, x: y} so.\n',
    "address-in-code": (
        "Run `curl {{ site.url }}/x`, or `{{ '/y' | absolute_url }}`:\n\n"
        "    curl {{ site.url }}{{ site.baseurl }}/z\n\n"
        "[About]({{ site.url }}/about.html) and [us]({{ 'about.html' | absolute_url }}).\n"
    ),
    "attributes": "A paragraph.\n{: .lead #first}\n\n## Heading\n{: #other}\n\nText.\n",
    "abbreviation": "The HTML tongue.\n\n*[HTML]: Hyper Text\n",
    "contents": "* TOC\n{:toc}\n\n## One\n\nText.\n\n## Two\n\nText.\n",
    "no-contents": "## One\n{:.no_toc}\n\nText.\n",
    "highlight": "{% highlight ruby %}\ndef x\n  1\nend\n{% endhighlight %}\n\nText.\n",
    "raw-spans": (
        'Run <code>--x *a* `b` [c](d) \\e "f"</code> and <kbd>_k_</kbd> -- *<samp>*s*</samp>*.\n'
        "And `<code>*x*</code>`.\n"
    ),
    "raw": "{% raw %}{{ page.title }}{% endraw %} and `{% raw %}{% x %}{% endraw %}`.\n",
    "post-url": "[One]({% post_url 2020-01-02-emphasis %}) and [two]({% link about.md %}).\n",
    "values": "{{ page.title }} at {{ site.title | upcase }}, {{ 'a b' | replace: ' ', '-' }}.\n",
    "math": "So $$a + b$$ holds.\n\n$$\nc = d\n$$\n\nText.\n",
    "comment-liquid": "One {% comment %}gone{% endcomment %}two.\n",
    "fence-language": "~~~\nx = 1\n~~~\n{: .language-ruby}\n\nText.\n",
    "markdown-in-html": '<div markdown="1">\n*Stress* in a box.\n\n- a\n</div>\n\nText.\n',
    "escapes": "One a\\/b, 50\\%, me\\@x \\& \\, \\; \\? \\^ \\*x\\* \\\\/ `\\/`.\n",
    "raw-spans-html": (
        "<p>Call <code>has_many *x* \\y</code> now.</p>\n\n"
        "<table>\n<tr><td><code>_a_</code></td></tr>\n</table>\n\n"
        '<div markdown="1">\n<code>_b_ *c*</code> and *d*\n</div>\n\nText.\n'
    ),
    "text-after-html": (
        '<h2>One</h2>\nText *so* "it".\n\n<hr>\nText *so*.\n\n<ul>\n<li>a</li>\n</ul>\n'
        "<h2>Two <em>b</em></h2>\n*Stress*.\n"
    ),
    "markdown-attribute": (
        '<aside markdown = "1">\n  <img src="/quay.png" alt="A quay">\n'
        '  Text "so" [x](/about.html).\n'
        '  <p markdown="1">\n- Ann, [it](/about.html)\n  </p>\n</aside>\nAfter *it*.\n\n'
        '<aside markdown="1">\n  <img src="/quay.png" alt="A quay">\n  <p>\n    As (...) it is\n'
        "  </p>\n</aside>\n\n### A heading\n"
    ),
    "other-tags": 'Call <x:code lang="ruby">run</x:code>, #<hash:0x1> and <tel:1>.\n',
    "stress": (
        "**潮の高さ。**です。港の**名前（古い）**は。 *“Low”*water,\n"
        "a**(b)**c and **two**three `**a.**b`.\n"
    ),
    "list-lazy": "* one\ngoes on\n* two\n\n  more of two\n",
    "links-page": "To [one](/2020/01/02/emphasis.html), [two](quotes.html), [home](/about.html).\n",
}

ELEVENTY = {
    "liquid-values": (
        "{{ title }} at {{ metadata.title | upcase }}, {{ 'a b' | replace: ' ', '-' }}.\n"
    ),
    "liquid-raw": "{% raw %}{{ title }}{% endraw %} and `{% raw %}{% x %}{% endraw %}`.\n",
    "liquid-comment": "One {% comment %}gone{% endcomment %}two.\n",
    "liquid-control": (
        "{% assign port = 'Ost' %}{% if port == 'Ost' %}East{% else %}West{% endif %} of "
        "{% for one in boats %}{{ one }} {% endfor %}and so on.\n"
    ),
    "liquid-spaces": "One\n{%- if title %} two {%- endif %}, three {{- ' four' -}} five.\n",
    "liquid-url": '[One]({{ "/posts/2020-01-02-emphasis/" | url }}) and {{ page.url }}.\n',
    "liquid-code": "```sh\nrun {{ title }}\n```\n\nText.\n",
    "shortcode-image": '{% image "/quay.png", "A quay at low water" %}\n\nText.\n',
    "indented-text": "Text.\n\n    Indented *text*, no code.\n\n    - no list\n\n> Quote.\n",
    "indented-item": "- a\n\n    b in a\n\n      c in a\n\n- d\n\n    # no heading\n",
    "link-file": "To [one](2020-01-02-emphasis.md) and [two](../2020-01-02-quotes/).\n",
    "html-indented": "<div>\n\n    <p>After an empty line.</p>\n\n</div>\n\nText.\n",
}  # fmt: skip

PELICAN = {
    "stress": "**潮の高さ。**です。港の**名前（古い）**は。 a**(b)**c and **two**three.\n",
    "code-language": "Look:\n\n    :::python\n    x = 1\n\n    y = 2\n\nText.\n",
    "code-numbered": "Look:\n\n    #!python\n    x = 1\n\nText.\n",
    "code-in-item": "- a\n\n        :::sh\n        run\n\n- b\n",
    "code-fence": "```python\nx = 1\n```\n\nText.\n",
    "attributes": "A paragraph.\n{: .lead #first}\n\n## Heading {: #other }\n\nText.\n",
    "abbreviation": "The HTML tongue.\n\n*[HTML]: Hyper Text\n",
    "contents": "[TOC]\n\n## One\n\nText.\n\n## Two\n\nText.\n",
    "markdown-in-html": '<div markdown="1">\n*Stress* in a box.\n\n- a\n</div>\n\nText.\n',
    "heading-close": "#Close\n\nText.\n\n##Closer ##\n\nText.\n",
    "links-file": (
        "To [one]({filename}emphasis.md), [two](|filename|quotes.md#x), "
        "[p]({filename}pages/about.md).\n"
    ),
    "picture-static": "![A quay]({static}/images/quay.png) and <img alt='Q' src='{static}images/"
    "quay.png'>\n",
    "picture-attached": "![A quay]({attach}beside.png)\n",
    "tags": "See [tide]({tag}tide) and [misc]({category}sea).\n",
    "summary": "First.\n\n<!-- PELICAN_END_SUMMARY -->\n\nSecond.\n",
}  # fmt: skip
