# SPDX-License-Identifier: Apache-2.0
"""Sends with boto3 to a gateway in place of Amazon SES, and checks how refusals arrive.

Arguments: the address of the gateway, then an access key id and secret for any From, and those of a key that may send
from shop.example alone. The last line says how many messages were accepted.
"""
import datetime
import json
import re
import sys

import boto3
import botocore.auth
import botocore.exceptions
from botocore.config import Config

endpoint, key_id, secret, limited_id, limited_secret = sys.argv[1:]
accepted = set()


def client(service, key_id=key_id, secret=secret, endpoint=endpoint):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="eu-central-1",
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}),
    )


def sent(answer):
    identifier = answer["MessageId"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", identifier), answer
    accepted.add(identifier)
    return identifier


def refused(kind, words, call, **arguments):
    """Checks that the call raises `kind`, a class of exceptions or a code, with a text that has `words`."""
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        name = kind if isinstance(kind, str) else kind.__name__
        assert isinstance(kind, str) or isinstance(error, kind), repr(error)
        assert error.response["Error"]["Code"] == name, repr(error)
        assert words in error.response["Error"]["Message"], repr(error)
        assert error.response["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"], error.response
    else:
        raise AssertionError(f"{kind} was expected")


simple = {
    "FromEmailAddress": "Shop, Inc <shop@shop.example>",
    "Destination": {"ToAddresses": ["Äna <ana@example.org>"], "BccAddresses": ["bob@example.org"]},
    "Content": {
        "Simple": {
            "Subject": {"Data": "Grüße"},
            "Body": {"Text": {"Data": "Hello"}, "Html": {"Data": "<p>Hello</p>"}},
            "Attachments": [{"FileName": "a.txt", "RawContent": b"hi", "ContentType": "text/plain"}],
            "Headers": [{"Name": "X-Shop", "Value": "1"}],
        }
    },
    "EmailTags": [{"Name": "campaign", "Value": "a:b c"}],
    "ConfigurationSetName": "set",
}
raw = b"From: shop@shop.example\nTo: ana@example.org\nSubject: Raw\n\nHello\n"


def template(**members):
    return {**simple, "Content": {"Template": {"TemplateData": json.dumps({"name": "Ana"}), **members}}}


v2, v1 = client("sesv2"), client("ses")
sent(v2.send_email(**simple))
sent(v2.send_email(Content={"Raw": {"Data": raw}}, Destination={"ToAddresses": ["ana@example.org"]}))
sent(v2.send_email(**template(TemplateName="welcome")))
sent(v2.send_email(**template(TemplateContent={"Subject": "Hi {{name}}", "Text": "Hello {{name}}"})))
# The name of the front, and the doubled slash that the final one of a base address leads to.
sent(client("sesv2", endpoint=f"{endpoint}/ses/").send_email(**simple))
bulk = v2.send_bulk_email(
    FromEmailAddress="shop@shop.example",
    DefaultContent={"Template": {"TemplateName": "welcome", "TemplateData": json.dumps({"name": "you"})}},
    BulkEmailEntries=[{"Destination": {"ToAddresses": [f"{name}@example.org"]}} for name in ("ana", "bob")],
)["BulkEmailEntryResults"]
assert [entry["Status"] for entry in bulk] == ["SUCCESS", "SUCCESS"], bulk
for entry in bulk:
    sent(entry)
assert v2.get_account()["SendingEnabled"] is True

message = {"Subject": {"Data": "Hi & bye"}, "Body": {"Text": {"Data": "Hello"}}}
destination = {"ToAddresses": ["ana@example.org"]}
sent(v1.send_email(Source="shop@shop.example", Destination=destination, Message=message))
sent(v1.send_raw_email(RawMessage={"Data": raw}, Destinations=["ana@example.org"]))

# What the SDK repeats by itself has the same id.
repeated = client("sesv2")
repeated.meta.events.register(
    "before-send.sesv2.SendEmail",
    lambda request, **_: request.headers.__setitem__("amz-sdk-invocation-id", "11111111-2222-3333-4444-555555555555"),
)
assert sent(repeated.send_email(**simple)) == sent(repeated.send_email(**simple))

refused("SignatureDoesNotMatch", "secret access key", client("sesv2", secret="wrong").send_email, **simple)
refused("UnrecognizedClientException", "keys list", client("sesv2", key_id="key_0").send_email, **simple)
refused("UnrecognizedClientException", "keys list", client("ses", key_id="key_0").get_send_quota)
limited = client("sesv2", limited_id, limited_secret)
foreign = {**simple, "FromEmailAddress": "a@other.example"}
refused(limited.exceptions.MessageRejected, "FromEmailAddress: The key may not send from", limited.send_email, **foreign)
limited = client("ses", limited_id, limited_secret)
refused(
    limited.exceptions.MessageRejected, "Source: The key may not send from", limited.send_email,
    Source="a@other.example", Destination=destination, Message=message,
)
refused(v2.exceptions.NotFoundException, "TemplateName: there is no template", v2.send_email, **template(TemplateName="x"))
refused(
    v2.exceptions.BadRequestException, "Destination.ToAddresses[0]: ", v2.send_email,
    **{**simple, "Destination": {"ToAddresses": ["nonsense"]}},
)
refused("InvalidAction", "SendRawEmail", v1.get_send_quota)
now = botocore.auth.get_current_datetime
botocore.auth.get_current_datetime = lambda *a, **k: now(*a, **k) - datetime.timedelta(hours=1)
refused("SignatureDoesNotMatch", "clock of this server says", client("sesv2").send_email, **simple)
refused("SignatureDoesNotMatch", "clock of this server says", client("ses").get_send_quota)
print(len(accepted))
