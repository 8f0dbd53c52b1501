"""What the front page needs of Python: the picture that stands for a series."""

import re

from generator.extend import Markup, filter  # noqa: A004

PICTURE = re.compile(r"<picture>.*?</picture>|<img [^>]*>", re.DOTALL)


@filter
def cover(html: str, sizes: str, first: bool = False) -> Markup:
    """The first picture of a text, without the link to its full size.

    `sizes` says how wide it is shown (HTML's attribute of that name); the first one of a page is
    fetched at once. A text without a picture gives nothing.
    """
    found = PICTURE.search(str(html))
    if found is None:
        return Markup()
    shown = re.sub(r'sizes="[^"]*"', f'sizes="{sizes}"', found[0])
    if first:
        shown = shown.replace('loading="lazy" decoding="async"', 'fetchpriority="high"')
    return Markup(shown)
