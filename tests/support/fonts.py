"""Fonts that tests bring along, so that what they measure does not depend on the machine's."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.tools import TOOLS, npm_package

_NOTO = ("noto-serif", "noto-sans", "noto-sans-mono", "noto-naskh-arabic")
_SETS = {
    "dejavu": (("dejavu-fonts-ttf", "2.37.3"), ("DejaVu Serif", "DejaVu Sans", "DejaVu Sans Mono")),
    "noto": (
        ("@expo-google-fonts/noto-serif", "0.4.2"),
        ("Noto Serif", "Noto Sans", "Noto Sans Mono"),
    ),
}
SETS = tuple(_SETS)
"""Names for `environment`: two sets whose letters have other widths and heights."""


def environment(name: str = SETS[0], folder: Path = TOOLS) -> dict[str, str]:
    """Return the environment in which a browser sees one set of fonts and no others.

    `folder` is where the settings of fontconfig are written
    (fontconfig.org, "User's Manual": FONTCONFIG_FILE). Browsers that do not ask fontconfig, as on
    macOS and Windows, see the system's fonts as ever.
    """
    (package, version), families = _SETS[name]
    others = [f"@expo-google-fonts/{one}@0.4.2" for one in _NOTO[1:3]] if name == "noto" else []
    others += ["@expo-google-fonts/noto-naskh-arabic@0.4.5"] if name == "noto" else []
    place = npm_package(package, version, *others)
    fonts = place.parent if name == "noto" else place
    aliases = "".join(
        f"<alias binding='same'><family>{generic}</family>"
        f"<prefer><family>{family}</family></prefer></alias>"
        for generic, family in zip(("serif", "sans-serif", "monospace"), families, strict=True)
    )
    file = folder / f"fonts-{name}.conf"
    file.write_text(
        "<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'urn:fontconfig:fonts.dtd'>"
        f"<fontconfig><dir>{fonts}</dir><cachedir>{folder}/fontconfig-{name}</cachedir>{aliases}"
        f"<alias><family>system-ui</family><prefer><family>{families[1]}</family></prefer></alias>"
        "</fontconfig>",
        encoding="utf-8",
    )
    return {**os.environ, "FONTCONFIG_FILE": str(file)}
