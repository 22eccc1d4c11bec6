"""Moto's S3 with its authentication on, made stricter: bodies must have the digests that were signed, and clocks must agree.

Says {"port": …, "writer": [id, secret], "reader": [id, secret]} on standard error once it listens, and ends when standard input does.
PUT /martlet/buckets/NAME makes a bucket, DELETE takes it away, GET tells what is in it and what was asked of it.
PUT /martlet/faults/NAME with {"method", "kind", "count"} makes the next requests to a bucket fail: "busy" answers 503, "hang up" closes the
connection before an answer, "cut" in the middle of one, "stall" says nothing more from there on, "broken" answers 500, "forget" forgets
uploads in parts.
"""
import base64, calendar, hashlib, io, json, os, socket, sys, threading, time

os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "0"
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import make_server

iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
s3 = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
lock, faults, requests = threading.Lock(), {}, {}


def user(name, actions):
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    iam.create_user("us-east-1", name)
    iam.put_user_policy(name, "s3", json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    key = iam.create_access_key(name)
    return [key.access_key_id, key.secret_access_key]


def error(start, status, code):
    start(status, [("content-type", "application/xml")])
    return [f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>of the test</Message></Error>".encode()]


def refusal(environ, body):
    """What moto does not look at: whether the body is the one that was signed, and the clock."""
    digest = hashlib.sha256(body)
    if environ.get("HTTP_X_AMZ_CONTENT_SHA256") != digest.hexdigest():
        return "400 Bad Request", "XAmzContentSHA256Mismatch"
    checksum = environ.get("HTTP_X_AMZ_CHECKSUM_SHA256")
    if checksum is not None and checksum != base64.b64encode(digest.digest()).decode():
        return "400 Bad Request", "BadDigest"
    if environ["REQUEST_METHOD"] == "PUT" and checksum is None:
        return "400 Bad Request", "InvalidRequest"
    moment = calendar.timegm(time.strptime(environ.get("HTTP_X_AMZ_DATE", "19700101T000000Z"), "%Y%m%dT%H%M%SZ"))
    if abs(moment - time.time()) > 900:
        return "403 Forbidden", "RequestTimeTooSkewed"


def fault(bucket, method):
    with lock:
        for entry in faults.get(bucket, []):
            if entry["method"] == method and entry["count"] > 0:
                entry["count"] -= 1
                return entry["kind"]


def hang_up(environ):
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)


def cut(environ, answer):
    body = b"".join(answer)
    yield body[: len(body) // 2]
    hang_up(environ)


def stall(environ, answer):
    body = b"".join(answer)
    yield body[: len(body) // 2]
    environ["werkzeug.socket"].recv(1)


def state(name):
    bucket = s3.buckets.get(name)
    keys = sorted(bucket.keys.keys()) if bucket else []
    return {"keys": keys, "uploads": len(bucket.multiparts) if bucket else 0, "requests": requests.get(name, [])}


def control(environ, start, body):
    _, _, what, name = environ["PATH_INFO"].split("/")
    answer = {}
    if what == "faults":
        with lock:
            faults.setdefault(name, []).append(json.loads(body))
    elif environ["REQUEST_METHOD"] == "PUT":
        s3.create_bucket(name, "us-east-1")
    elif environ["REQUEST_METHOD"] == "DELETE":
        s3.get_bucket(name).keys.clear()
        s3.delete_bucket(name)
    else:
        answer = state(name)
    data = json.dumps(answer).encode()
    start("200 OK", [("content-type", "application/json"), ("content-length", str(len(data)))])
    return [data]


moto = DomainDispatcherApplication(create_backend_app)


def application(environ, start):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    if environ["PATH_INFO"].startswith("/martlet/"):
        return control(environ, start, body)
    name, method = environ["PATH_INFO"].split("/")[1], environ["REQUEST_METHOD"]
    with lock:
        query = "&".join(sorted(pair.split("=")[0] for pair in environ.get("QUERY_STRING", "").split("&") if pair))
        requests.setdefault(name, []).append(method + ("?" + query if query else ""))
    kind = fault(name, method)
    if kind == "busy":
        return error(start, "503 Service Unavailable", "SlowDown")
    if kind == "broken":
        return error(start, "500 Internal Server Error", "InternalError")
    if kind == "hang up":
        hang_up(environ)
    if kind == "forget":
        s3.get_bucket(name).multiparts.clear()
        if "uploadId" in query:
            return error(start, "404 Not Found", "NoSuchUpload")
    found = refusal(environ, body)
    if found:
        return error(start, *found)
    answer = moto(environ, start)
    return {"cut": cut, "stall": stall}.get(kind, lambda environ, answer: answer)(environ, answer)


server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
ready = {"port": server.server_port, "writer": user("writer", ["s3:*"]), "reader": user("reader", ["s3:List*", "s3:Get*"])}
print("ready " + json.dumps(ready), file=sys.stderr, flush=True)
sys.stdin.read()
os._exit(0)
