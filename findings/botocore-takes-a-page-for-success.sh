#!/bin/sh
# botocore takes a web page for a successful answer.
#
# A server that answers every request with 200 and an HTML page (a console, a network's sign-in
# page) makes put_object return without an error and without an ETag, list_objects_v2 return an empty
# list, and head_object an object; describe_stacks fails with a KeyError.
# Seen with botocore 1.44.8 on Python 3.11.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet boto3==1.44.8 botocore==1.44.8
"$folder/venv/bin/python" - <<'PYTHON'
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import botocore

PAGE = b"<html><head><title>Console</title></head><body>Please sign in</body></html>"


class Page(BaseHTTPRequestHandler):
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(PAGE)

    do_GET = do_PUT = do_POST = do_HEAD = answer

    def log_message(self, *words):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
threading.Thread(target=server.serve_forever, daemon=True).start()
where = {
    "endpoint_url": f"http://127.0.0.1:{server.server_address[1]}",
    "region_name": "us-east-1",
    "aws_access_key_id": "x",
    "aws_secret_access_key": "x",
}
s3 = boto3.client("s3", **where)
put = s3.put_object(Bucket="b", Key="k", Body=b"x")
listed = s3.list_objects_v2(Bucket="b")
head = s3.head_object(Bucket="b", Key="k")
print("botocore", botocore.__version__)
print("put_object: status", put["ResponseMetadata"]["HTTPStatusCode"], "ETag", put.get("ETag"))
print("list_objects_v2: Contents", listed.get("Contents"), "Name", listed.get("Name"))
print("head_object: type", head["ContentType"], "ETag", head.get("ETag"))
assert "ETag" not in put and "Contents" not in listed and "Name" not in listed
assert head["ContentType"] == "text/html" and "ETag" not in head
try:
    boto3.client("cloudformation", **where).describe_stacks()
except KeyError as error:
    print("describe_stacks: KeyError", error)
else:
    raise SystemExit("describe_stacks fails otherwise now")
PYTHON
