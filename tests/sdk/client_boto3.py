"""PyPI's boto3, for test_life.py; every answer is compared with the model."""

import os

from botocore import xform_name

from kit import kms
from refused import Refused


class Client:
    has_ml_kem = True

    def __init__(self):
        self.clients = {}

    def call(self, operation, region=os.environ["AWS_DEFAULT_REGION"], **members):
        if region not in self.clients:
            self.clients[region] = kms(region_name=region)
        client = self.clients[region]
        try:
            answer = getattr(client, xform_name(operation))(**members)
        except client.exceptions.ClientError as error:
            raise Refused(error.response["Error"]["Code"]) from error
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def close(self):
        for client in self.clients.values():
            client.close()
