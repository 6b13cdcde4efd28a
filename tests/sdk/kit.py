"""What the tests share: a client that compares every answer with botocore's model of KMS."""

import json
import os

import boto3
from botocore.config import Config

ENDPOINT = os.environ["KEYCELL_ENDPOINT"]

# "Common Errors" of the KMS API reference, and what AWS's front end says on the wire besides.
COMMON_ERRORS = {
    "AccessDeniedException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "RequestEntityTooLargeException",
    "RequestTimeoutException",
    "SerializationException",
    "ServiceUnavailable",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationException",
}

# Errors that the model does not list for an operation, and why they are told all the same.
UNLISTED_ERRORS = {
    # Of names that are reserved.
    "CreateAlias": {"NotAuthorizedException"},
    # Custom key stores are not served.
    "DescribeCustomKeyStores": {"UnsupportedOperationException"},
}


def kms(**other):
    """A client that tries once, with the credentials of the environment if no others are given."""
    # A large RSA key may take minutes on a busy machine.
    once = Config(retries={"total_max_attempts": 1}, read_timeout=600)
    client = boto3.client("kms", endpoint_url=ENDPOINT, config=once, **other)
    client.meta.events.register("after-call.kms", _conforms)
    return client


def _conforms(http_response, model, **_):
    body = http_response.content
    if http_response.status_code != 200:
        code = json.loads(body)["__type"]
        listed = {shape.name for shape in model.error_shapes} | COMMON_ERRORS
        listed |= UNLISTED_ERRORS.get(model.name, set())
        assert code in listed, f"the model lists no {code} for {model.name}"
    elif model.output_shape is None:
        assert body == b"", f"{model.name} answers {body}, the model says nothing"
    else:
        _compare(json.loads(body), model.output_shape, model.name)


def _compare(value, shape, path):
    kinds = {
        "structure": dict,
        "list": list,
        "map": dict,
        "string": str,
        "blob": str,
        "boolean": bool,
        "integer": int,
        "timestamp": (int, float),
    }
    assert isinstance(value, kinds[shape.type_name]), f"{path}: {value} is no {shape.type_name}"
    if shape.type_name == "structure":
        for name, member in value.items():
            assert name in shape.members, f"the model has no {path}.{name}"
            _compare(member, shape.members[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for member in value:
            _compare(member, shape.member, f"{path}[]")
    elif shape.name == "CustomerMasterKeySpec":
        # The old member repeats the new one, as AWS does, also where its enumeration ends.
        pass
    elif shape.type_name == "string" and shape.enum:
        assert value in shape.enum, f"{path}: {value} is none of {shape.enum}"
