#!/bin/sh
# botocore's URLLib3Session, made without options, turns urllib3's TCP_NODELAY off.
#
# urllib3 sets TCP_NODELAY on each connection; URLLib3Session hands it an empty list of options instead.
# Since urllib3 2 the head of a request and its body are sent apart, so that each PUT waits for a delayed
# ACK: 44 ms on Linux over loopback. Clients (boto3.client) set the option themselves.
# Seen with botocore 1.44.8 and urllib3 2.8.0 on Python 3.11, Linux 6.18.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet botocore==1.44.8 urllib3==2.8.0
"$folder/venv/bin/python" - <<'PYTHON'
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import botocore
import urllib3
from botocore.awsrequest import AWSPreparedRequest
from botocore.httpsession import URLLib3Session

NODELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass


options = []
genuine = socket.socket.setsockopt


def record(self, *option):
    options.append(option)
    return genuine(self, *option)


server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_address[1]}/"
socket.socket.setsockopt = record


def puts(session):
    options.clear()
    began = time.perf_counter()
    for _ in range(20):
        request = AWSPreparedRequest("PUT", url, {"Content-Length": "6000"}, b"x" * 6000, False)
        assert session.send(request).status_code == 200
    print(f"  {(time.perf_counter() - began) / 20 * 1e3:.1f} ms for each PUT")
    return NODELAY in options


print("botocore", botocore.__version__, "urllib3", urllib3.__version__)
print("URLLib3Session(), TCP_NODELAY is set:", bare := puts(URLLib3Session()))
print("with socket_options, TCP_NODELAY is set:", given := puts(URLLib3Session(socket_options=[NODELAY])))
pool = urllib3.PoolManager()
options.clear()
pool.request("PUT", url, body=b"x")
print("urllib3 alone, TCP_NODELAY is set:", alone := NODELAY in options)
assert (bare, given, alone) == (False, True, True)
PYTHON
