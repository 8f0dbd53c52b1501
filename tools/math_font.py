"""Make the two font files of pages with formulas, static/fonts/math*.woff2, out of STIX Two Math.

    uv run --with fonttools==4.68.0 --with brotli==1.2.1 tools/math_font.py STIXTwoMath-Regular.ttf

The font (version 2.11, SIL Open Font License 1.1) is in the package ziamath 0.13 on PyPI, as
`ziamath/fonts/STIXTwoMath-Regular.ttf`. What is made of it here: two parts, without hinting and
the stylistic sets that no style sheet of ours asks for. math.woff2 has what nearly every formula
needs, and all that stretches, since browsers stretch signs of a page's first font alone;
math-more.woff2 has the other alphabets and the rarer signs. Browsers fetch the second for a page
that shows one of them, by the `unicode-range` that this prints for static/css/math.css.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parent.parent / "static/fonts"

_OFTEN = (
    (0x20, 0x7E), (0xA0, 0xFF), (0x131, 0x131), (0x237, 0x237), (0x2C6, 0x2DD), (0x300, 0x338),
    (0x2F7, 0x2F7), (0x391, 0x3F6), (0x2010, 0x2064), (0x20D0, 0x20F0), (0x2100, 0x22FF),
    (0x2308, 0x230B), (0x231C, 0x231F), (0x2322, 0x2323), (0x25A0, 0x25FF),
    (0x27C2, 0x27C2), (0x27E6, 0x27EF),
    (0x27F5, 0x27FF), (0x2A00, 0x2A06), (0x2A7D, 0x2A7E), (0x2AAF, 0x2AB0),
    (0x1D434, 0x1D467), (0x1D6A4, 0x1D6A5), (0x1D6E2, 0x1D71B),
)  # fmt: skip
"""Letters upright and slanted, operators, relations, arrows and brackets."""

_RARELY = (
    (0x2300, 0x23FF), (0x2423, 0x2423), (0x24C8, 0x24C8), (0x2605, 0x266F), (0x2713, 0x2720),
    (0x27C0, 0x27FF), (0x2900, 0x2BFF), (0x1D400, 0x1D7FF),
)  # fmt: skip
_PRIMES = (0x2032, 0x2033, 0x2034, 0x2035, 0x2036, 0x2037, 0x2057)
_GROWING = {
    0x2C6: 0x302, 0x2C7: 0x30C, 0x2CD: 0x332, 0x2DC: 0x303, 0x2F7: 0x330, 0x203E: 0x332,
}  # fmt: skip
_SELECTORS = (0xFE00, 0xFE01)
"""Variation selectors, by which script letters differ (Unicode, section 22.2)."""


def main(source: str) -> None:
    """Write both files, and print the ranges of the second."""
    font = TTFont(source)
    there = {*font.getBestCmap(), *_GROWING}
    often = {*_in(_OFTEN), *_stretching(font)} & there
    rarely = (_in(_RARELY) & there) - often
    _write(source, {*often, *_SELECTORS}, "math.woff2")
    _write(source, {*rarely, *_SELECTORS}, "math-more.woff2")
    print(", ".join(_ranges(rarely, there)))


def _in(ranges: Iterable[tuple[int, int]]) -> set[int]:
    return {code for first, last in ranges for code in range(first, last + 1)}


def _stretching(font: TTFont) -> set[int]:
    """Return the characters that the font has in several sizes."""
    variants = font["MATH"].table.MathVariants
    glyphs = {*variants.VertGlyphCoverage.glyphs, *variants.HorizGlyphCoverage.glyphs}
    return {code for code, glyph in font.getBestCmap().items() if glyph in glyphs}


def _write(source: str, codes: set[int], name: str) -> None:
    options = Options(
        flavor="woff2", hinting=False, layout_features=["ssty", "dtls"], name_IDs=["*"],
        notdef_outline=True, glyph_names=False,
    )  # fmt: skip
    font = TTFont(source, recalcTimestamp=False)
    _low_primes(font)
    _growing_tildes(font)
    _joined_arrows(font)
    _accents_in_place(font)
    _slender_roots(font)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(FOLDER / name)
    print(name, (FOLDER / name).stat().st_size, file=sys.stderr)


def _low_primes(font: TTFont) -> None:
    """Give primes the form that the font has for superscripts: MathML sets them as such, and
    Chromium does not ask for the feature `ssty`."""
    gsub = font["GSUB"].table
    [lookups] = {
        tuple(each.Feature.LookupListIndex)
        for each in gsub.FeatureList.FeatureRecord
        if each.FeatureTag == "ssty"
    }
    form = {}
    for index in lookups:
        for subtable in gsub.LookupList.Lookup[index].SubTable:
            subtable = getattr(subtable, "ExtSubTable", subtable)
            for glyph, forms in getattr(subtable, "alternates", {}).items():
                form[glyph] = forms[0]
            form.update(getattr(subtable, "mapping", {}))
    for table in font["cmap"].tables:
        for code in _PRIMES:
            if glyph := getattr(table, "cmap", {}).get(code):
                table.cmap[code] = form.get(glyph, glyph)  # tables may be one


def _joined_arrows(font: TTFont) -> None:
    """Let the heads of arrows to the right overlap their shafts, whose connectors are the wrong way
    round in version 2.11, so that Chromium does not stretch these arrows at all."""
    for construction in font["MATH"].table.MathVariants.HorizGlyphConstruction:
        if construction.GlyphAssembly:
            last = construction.GlyphAssembly.PartRecords[-1]
            if last.PartFlags == 0 and last.StartConnectorLength == 0:
                connectors = last.EndConnectorLength, last.StartConnectorLength
                last.StartConnectorLength, last.EndConnectorLength = connectors


def _accents_in_place(font: TTFont) -> None:
    """Give combining accents a width: theirs is none, and they are drawn to the left of where they
    stand, which MathML, where they stand alone above a letter, does not expect."""
    accents = font["MATH"].table.MathGlyphInfo.MathTopAccentAttachment
    middle = dict(zip(accents.TopAccentCoverage.glyphs, accents.TopAccentAttachment, strict=True))
    names = {
        font.getBestCmap().get(code) for code in (*range(0x300, 0x338), *range(0x20D0, 0x20F1))
    }
    for name in sorted(names - {None}):
        glyph = font["glyf"][name]
        if font["hmtx"][name][0] == 0 and glyph.numberOfContours > 0:
            shift = -glyph.xMin
            glyph.coordinates.translate((shift, 0))
            glyph.recalcBounds(font["glyf"])
            font["hmtx"][name] = (glyph.xMax, 0)
            if name in middle:
                middle[name].Value += shift


def _growing_tildes(font: TTFont) -> None:
    """Let the signs that MathML Core lets grow (appendix B.2, inline stretch axis) be the glyphs
    that have wider forms: those of the combining accents."""
    glyphs = font.getBestCmap()
    for table in font["cmap"].tables:
        if table.isUnicode() and table.format != 14:
            table.cmap.update({sign: glyphs[accent] for sign, accent in _GROWING.items()})


def _slender_roots(font: TTFont) -> None:
    """Make the larger root signs as wide as the smallest: Chromium reserves, for each root, the
    width that the widest would need, and leaves a gap behind the others."""
    root = font.getBestCmap()[0x221A]
    width = font["hmtx"][root][0]
    variants = font["MATH"].table.MathVariants
    forms = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(root)]
    names = {each.VariantGlyph for each in forms.MathGlyphVariantRecord}
    names |= {each.glyph for each in forms.GlyphAssembly.PartRecords}
    for name in sorted(names - {root}):
        glyph = font["glyf"][name]
        glyph.coordinates.scale((width / font["hmtx"][name][0], 1))
        glyph.coordinates.toInt()
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = (width, glyph.xMin)


def _ranges(codes: set[int], there: set[int]) -> Iterable[str]:
    """Yield ranges as CSS writes them; what no part of the font has may lie in them."""
    first = last = min(codes)
    for code in sorted(codes):
        if there.intersection(range(last + 1, code)):
            yield _range(first, last)
            first = code
        last = code
    yield _range(first, last)


def _range(first: int, last: int) -> str:
    return f"U+{first:X}" if first == last else f"U+{first:X}-{last:X}"


if __name__ == "__main__":
    main(*sys.argv[1:])
