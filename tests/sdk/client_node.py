"""npm's @aws-sdk/client-kms, for test_life.py: in a process that peer.mjs describes."""

import base64
import datetime
import json
import os
import pathlib
import subprocess

from refused import Refused


class Client:
    has_ml_kem = True

    def __init__(self):
        folder = pathlib.Path(os.environ["KEYCELL_NODE"])
        self.process = subprocess.Popen(
            [folder / "node", "peer.mjs"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(self, operation, region=os.environ["AWS_DEFAULT_REGION"], **members):
        request = {"operation": operation, "region": region, "input": members}
        print(json.dumps(request, default=tagged), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        assert line, f"{operation}: Node has broken down, see above"
        answer = json.loads(line, object_hook=untagged)
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["output"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def tagged(value):
    """What JSON has no form for, as peer.mjs reads it."""
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    return {"$time": value.timestamp()}


def untagged(value):
    if "$bytes" in value:
        return base64.b64decode(value["$bytes"])
    if "$time" in value:
        return datetime.datetime.fromtimestamp(value["$time"], datetime.timezone.utc)
    return value
