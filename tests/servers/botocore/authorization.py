"""Signs a request with botocore.

Reads a JSON object from standard input: method, url, headers, body (hexadecimal), service, region, key, secret, token,
and time (20260302T081520Z). Prints the `Authorization` header that it would send.
"""

import datetime
import hashlib
import json
import sys

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

asked = json.load(sys.stdin)
body = bytes.fromhex(asked["body"])
time = datetime.datetime.strptime(asked["time"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
botocore.auth.get_current_datetime = lambda *_, **__: time

request = AWSRequest(method=asked["method"], url=asked["url"], data=body, headers=asked["headers"])
request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(body).hexdigest()
credentials = Credentials(asked["key"], asked["secret"], asked["token"])
botocore.auth.SigV4Auth(credentials, asked["service"], asked["region"]).add_auth(request)
print(request.headers["Authorization"])
