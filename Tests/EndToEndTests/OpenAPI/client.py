# SPDX-License-Identifier: Apache-2.0
"""Sends a mail and reads it back with a client that was generated from openapi.yaml: FOLDER URL KEY."""
import sys

folder, url, key = sys.argv[1:]
sys.path.insert(0, folder)

from posthaste_client import AuthenticatedClient
from posthaste_client.api.messages import get_message, send_message
from posthaste_client.models import Accepted, EmailObject, Message, SendRequest, ValidationProblem

with AuthenticatedClient(base_url=url, token=key) as client:
    mail = SendRequest(to=EmailObject(email="ana@example.org", name="Ana"), subject="Hello", text="Hello, Ana")
    accepted = send_message.sync(client=client, body=mail)
    assert isinstance(accepted, Accepted), accepted
    message = get_message.sync(client=client, id=accepted.id)
    assert isinstance(message, Message) and message.subject == "Hello", message
    refused = send_message.sync(client=client, body=SendRequest(to="nobody", subject="Hello", text="Hello"))
    assert isinstance(refused, ValidationProblem) and refused.errors[0].pointer == "/to", refused
