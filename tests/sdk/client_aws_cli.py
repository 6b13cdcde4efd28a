"""The AWS CLI, for test_life.py: its main function is called with a command line, since to start
the program for each call would take most of the time. test_aws_cli.py starts it as a person does.
"""

import base64
import contextlib
import datetime
import io
import json
import os
import pathlib
import re
import tempfile

# First: it brings a botocore of its own.
from awscli.clidriver import create_clidriver

from botocore import xform_name
from botocore.utils import parse_timestamp

from refused import Refused


class Client:
    def __init__(self):
        self.renew()
        model = self.driver.session.get_service_model("kms")
        names = model.operation_names
        self.outputs = {name: model.operation_model(name).output_shape for name in names}
        self.has_ml_kem = "Encapsulate" in self.outputs
        self.folder = tempfile.TemporaryDirectory()

    def renew(self):
        """Each command line leaves handlers behind, which make the next ones slower."""
        self.driver, self.left = create_clidriver(), 100

    def call(self, operation, region=os.environ["AWS_DEFAULT_REGION"], **members):
        self.left -= 1
        if not self.left:
            self.renew()
        # A large RSA key may take minutes on a busy machine.
        words = ["--region", region, "--output", "json", "--cli-read-timeout", "600"]
        words += ["kms", xform_name(operation, "-")]
        for name, value in members.items():
            words += self.option(name, value)
        said, told = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(told):
            try:
                code = self.driver.main(words)
            except SystemExit as error:
                code = error.code
        if code != 0:
            refused = re.search(r"An error occurred \((\w+)\)", told.getvalue())
            assert refused, f"aws {' '.join(words)}: {told.getvalue()}"
            raise Refused(refused[1])
        shape = self.outputs[operation]
        return read(json.loads(said.getvalue()), shape) if said.getvalue() else {}

    def option(self, name, value):
        name = f"--{xform_name(name, '-')}"
        if isinstance(value, bool):
            return [name if value else name.replace("--", "--no-", 1)]
        if isinstance(value, bytes):
            # One file each: a command may take several.
            path = pathlib.Path(self.folder.name, name)
            path.write_bytes(value)
            value = f"fileb://{path}"
        elif isinstance(value, datetime.datetime):
            value = value.isoformat()
        elif isinstance(value, (dict, list)):
            value = json.dumps(value)
        return [name, str(value)]

    def close(self):
        self.folder.cleanup()


def read(value, shape):
    """What the AWS CLI has printed, with bytes and times as such."""
    match shape.type_name:
        case "structure":
            return {name: read(member, shape.members[name]) for name, member in value.items()}
        case "list":
            return [read(member, shape.member) for member in value]
        case "blob":
            return base64.b64decode(value)
        case "timestamp":
            return parse_timestamp(value)
        case _:
            return value
