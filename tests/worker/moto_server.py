"""Runs the server of moto."""

import sys

from moto.server import main
from moto.sqs.models import SQSBackend

# For each message that it returns, moto would go through the whole queue several times. No test waits for days.
SQSBackend.is_message_valid_based_on_retention_period = lambda *_: True

main(sys.argv[1:])
