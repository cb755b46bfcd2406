"""
A runner of somebody else's, of the standard library alone: HTTP/1.0, a connection a request, several at a time. It registers
twice, with a slash at the end of its host, before it listens; describes itself slowly, or not at all; and once closes the
connection in place of an answer.
"""

import json
import os
import time
import traceback
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = int(os.environ.get("PORT", "5000"))
HOST = f"http://{os.environ['CONTAINER_NAME']}:{PORT}/"
DISCOVERY = "http://{}:{}".format(
    os.environ["RUNNER_DISCOVERY_CONTAINER_NAME"], os.environ.get("RUNNER_DISCOVERY_PORT", "5099")
)
SCHEMAS_SECONDS = float(os.environ.get("SCHEMAS_SECONDS", "0"))

broken = []


def run_reverse(text):
    return text[::-1]


def run_divide(dividend, divisor):
    return dividend / divisor


def run_break_once(text):
    if text not in broken:
        broken.append(text)
        raise ConnectionAbortedError
    return text


handlers = {name[4:]: value for name, value in list(globals().items()) if name.startswith("run_")}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/schemas":
            return self.answer(404, {"detail": "Not Found"})
        time.sleep(SCHEMAS_SECONDS)
        self.answer(404, {"detail": "Not Found"})

    def do_POST(self):
        payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            self.answer(200, {"result": handlers[self.path[len("/run/") :]](**payload)})
        except ConnectionAbortedError:
            self.connection.close()
        except Exception:
            self.answer(500, {"detail": traceback.format_exc()})

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *args):
        pass


for algorithm in [*handlers, *handlers]:
    body = json.dumps({"algorithm": algorithm, "host": HOST}).encode()
    headers = {"Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(f"{DISCOVERY}/algorithms", data=body, headers=headers)).read()
time.sleep(float(os.environ.get("LISTEN_AFTER_SECONDS", "0")))
print("listening", flush=True)
ThreadingHTTPServer(("0.0.0.0", PORT), Handler).serve_forever()
