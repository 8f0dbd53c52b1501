#!/bin/sh
# Werkzeug 3.1.9: `Request.get_data()` of a body without a Content-Length (chunked), with
# `max_content_length` set, ends silently at the limit. The exception that the documentation of
# `get_input_stream` names comes only when somebody reads on.
# Seen: 10 bytes of 12 and no error; then RequestEntityTooLarge for one more byte.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet werkzeug==3.1.9
"$folder/venv/bin/python" - <<'PYTHON'
import importlib.metadata
import io

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request

environ = {
    "REQUEST_METHOD": "POST",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "80",
    "PATH_INFO": "/",
    "wsgi.url_scheme": "http",
    "wsgi.input": io.BytesIO(b"twelve bytes"),
    "wsgi.input_terminated": True,
}
request = Request(environ)
request.max_content_length = 10
read = request.get_data()
print("werkzeug", importlib.metadata.version("werkzeug"), "read", read)
assert read == b"twelve byt", "it no longer ends silently at the limit"
try:
    request.stream.read(1)
except RequestEntityTooLarge:
    print("reading on: RequestEntityTooLarge")
else:
    raise SystemExit("reading on raised nothing")
PYTHON
