#!/bin/sh
# Pillow 13.0.0 writes an AVIF that is 32,769 pixels high without an error, and cannot read it back:
# libavif, which it uses for both, reads nothing longer than 32,768 pixels on a side unless it is
# told to (AVIF_DEFAULT_IMAGE_DIMENSION_LIMIT), and Pillow has no way to tell it.
# Seen: "32768: read back as (16, 32768)", "32769: written, and not read: UnidentifiedImageError".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pillow==13.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys

import PIL
from PIL import Image, features

print("Pillow", PIL.__version__, "libavif", features.version("avif"))
found = []
for height in (32_768, 32_769):
    file = io.BytesIO()
    Image.new("RGB", (16, height), "teal").save(file, "AVIF", speed=10)
    try:
        with Image.open(io.BytesIO(file.getvalue())) as image:
            image.load()
            found.append("read")
            print(f"{height}: read back as {image.size}")
    except Exception as error:
        found.append(type(error).__name__)
        print(f"{height}: written, and not read: {type(error).__name__}")
sys.exit(found != ["read", "UnidentifiedImageError"])
PYTHON
