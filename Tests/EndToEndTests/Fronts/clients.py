# SPDX-License-Identifier: Apache-2.0
"""Sends mail with the clients of other mail services, with only the address and the key changed: URL KEY.

Prints one line for each client that works, and ends with the first that does not.
"""
import base64
import json
import sys
import urllib.request
from datetime import datetime, timedelta, timezone

url, key = sys.argv[1:]
SENDER, WRONG = "Club <club@posthaste.example>", "ph_" + "x" * 43
FILE = b"Hello, \xc3\x9c\n"


def stored(**expected):
    """The newest message, which must have these values."""
    request = urllib.request.Request(f"{url}/v1/messages?limit=1", headers={"Authorization": f"Bearer {key}"})
    message = json.load(urllib.request.urlopen(request))["messages"][0]
    message["addresses"] = [r["address"] for r in message["recipients"]]
    for name, value in expected.items():
        assert message[name] == value, (name, message[name], value)
    return message


def refused(kind, call, *words):
    """`call` must raise `kind` with a text that has all words."""
    try:
        answer = call()
    except kind as error:
        text = str(error) + str(getattr(error, "body", "")) + str(getattr(error, "message", ""))
        for word in words:
            assert word in text, (word, text)
        return
    raise AssertionError(("nothing was raised", answer))


def with_resend():
    import resend
    from resend import exceptions

    resend.api_url, resend.api_key = url, key
    mail = {
        "from": SENDER, "to": ["ana@example.org"], "cc": "cara@example.org", "bcc": ["ben@example.org"],
        "reply_to": "help@example.org", "subject": "Resend", "html": "<p>Hi</p>", "text": "Hi",
        "headers": {"X-Own": "1"}, "tags": [{"name": "order", "value": "7"}],
        "attachments": [{"filename": "a.txt", "content": list(FILE)}],
    }
    sent = resend.Emails.send(mail, {"idempotency_key": "resend-1"})
    message = stored(subject="Resend", via="resend", metadata={"order": "7"}, headers={"X-Own": "1"})
    assert message["addresses"] == ["ana@example.org", "cara@example.org", "ben@example.org"], message
    assert message["attachments"][0]["size"] == len(FILE), message["attachments"]
    assert resend.Emails.send(mail, {"idempotency_key": "resend-1"})["id"] == sent["id"]
    assert resend.Emails.get(sent["id"])["subject"] == "Resend"
    batch = resend.Batch.send([dict(mail, attachments=[]), dict(mail, attachments=[])])
    assert len(batch["data"]) == 2, batch
    later = resend.Emails.send(dict(mail, scheduled_at="in 1 hour"))
    day = (datetime.now(timezone.utc) + timedelta(days=3)).replace(microsecond=0)
    resend.Emails.update({"id": later["id"], "scheduled_at": day.isoformat()})
    assert stored()["send_at"].startswith(day.isoformat()[:19]), stored()
    resend.Emails.cancel(later["id"])
    assert stored()["state"] == "cancelled"
    refused(exceptions.ValidationError, lambda: resend.Emails.send(dict(mail, to="nobody")), "`to`", "no @ sign")
    refused(exceptions.MissingRequiredFieldsError, lambda: resend.Emails.send({"from": SENDER, "subject": "x"}), "`to`")
    resend.api_key = WRONG
    refused(exceptions.InvalidApiKeyError, lambda: resend.Emails.send(mail), "posthaste keys list")


def with_sendgrid():
    from python_http_client import exceptions
    from sendgrid import SendGridAPIClient
    from sendgrid.helpers import mail as helpers

    def mail(to):
        mail = helpers.Mail(from_email=("club@posthaste.example", "Club"), to_emails=to, subject="SendGrid", html_content="<p>Hi</p>")
        mail.reply_to = "help@example.org"
        mail.add_category(helpers.Category("two words"))
        mail.add_custom_arg(helpers.CustomArg("order", "7"))
        mail.add_header(helpers.Header("X-Own", "1"))
        content = base64.b64encode(FILE).decode()
        mail.attachment = helpers.Attachment(helpers.FileContent(content), helpers.FileName("a.txt"), helpers.FileType("text/plain"))
        return mail

    client = SendGridAPIClient(key, host=url)
    answer = client.send(mail([("ana@example.org", "Ana"), ("ben@example.org", "Ben")]))
    assert answer.status_code == 202 and answer.headers["X-Message-Id"], answer.headers
    message = stored(subject="SendGrid", via="sendgrid", tags=["two words"], metadata={"order": "7"}, headers={"X-Own": "1"})
    assert message["attachments"][0]["size"] == len(FILE) and message["from"]["name"] == "Club", message
    several = helpers.Mail("club@posthaste.example", ["a@example.org", "b@example.org"], "Each", "Hi", is_multiple=True)
    client.send(several)
    assert len(stored(subject="Each")["addresses"]) == 1
    refused(exceptions.BadRequestsError, lambda: client.send(mail("a..b@example.org")), "personalizations.0.to.0.email", "two dots")
    refused(exceptions.UnauthorizedError, lambda: SendGridAPIClient(WRONG, host=url).send(mail("a@example.org")), "keys list")


def with_postmark():
    from postmarker.core import PostmarkClient
    from postmarker.exceptions import ClientError

    client = PostmarkClient(server_token=key, root_api_url=url + "/")
    mail = {
        "From": "Club, The <club@posthaste.example>", "To": "ana@example.org, Ben <ben@example.org>", "Subject": "Postmark",
        "HtmlBody": "<p>Hi</p>", "Tag": "two words", "Metadata": {"order": 7}, "Headers": {"X-Own": "1"},
        "Attachments": [{"Name": "a.txt", "Content": base64.b64encode(FILE).decode(), "ContentType": "text/plain"}],
    }
    sent = client.emails.send(**mail)
    assert sent["ErrorCode"] == 0 and sent["To"] == "ana@example.org, ben@example.org", sent
    message = stored(subject="Postmark", via="postmark", tags=["two words"], metadata={"order": "7"}, headers={"X-Own": "1"})
    assert message["from"]["name"] == "Club, The" and message["attachments"][0]["size"] == len(FILE), message
    details = client.messages.outbound.get(sent["MessageID"])
    assert details.Subject == "Postmark", details
    results = client.emails.send_batch(dict(mail, To="ana@example.org"), dict(mail, To="nobody"))
    assert [r["ErrorCode"] for r in results] == [0, 300], results
    refused(ClientError, lambda: client.emails.send(**dict(mail, To="nobody")), "Error parsing 'To'", "no @ sign")
    refused(ClientError, lambda: PostmarkClient(server_token=WRONG, root_api_url=url + "/").emails.send(**mail), "keys list")


def with_mailgun():
    from mailgun.client import Client

    domain = "posthaste.example"
    mail = {
        "from": SENDER, "to": ["ana@example.org", "ben@example.org"], "subject": "Mailgun", "text": "Hi",
        "o:tag": ["one", "two"], "o:tracking": False, "v:order": "7", "h:X-Own": "1", "h:Reply-To": "help@example.org",
    }
    with Client(auth=("api", key), api_url=url) as client:
        answer = client.messages.create(data=mail, domain=domain, files=[("attachment", ("Ü a.txt", FILE))])
        assert answer.status_code == 200, answer.text
        message = stored(subject="Mailgun", via="mailgun", tags=["one", "two"], metadata={"order": "7"}, headers={"X-Own": "1"})
        assert answer.json()["id"] == message["message_id"], answer.json()
        assert message["attachments"][0]["filename"] == "Ü a.txt", message["attachments"]
        each = dict(mail, subject="For %recipient.name%")
        each["recipient-variables"] = json.dumps({"ana@example.org": {"name": "Ana"}, "ben@example.org": {"name": "Ben"}})
        assert client.messages.create(data=each, domain=domain).status_code == 200
        assert stored()["subject"] in ("For Ana", "For Ben"), stored()["subject"]
        bad = client.messages.create(data=dict(mail, to="nobody"), domain=domain)
        assert bad.status_code == 400 and "'to' parameter is not a valid address" in bad.json()["message"], bad.text
    with Client(auth=("api", WRONG), api_url=url) as client:
        assert client.messages.create(data=mail, domain=domain).status_code == 401


def with_anymail():
    import django
    from django.conf import settings

    settings.configure(
        ANYMAIL={
            "RESEND_API_KEY": key, "RESEND_API_URL": url + "/",
            "POSTMARK_SERVER_TOKEN": key, "POSTMARK_API_URL": url + "/",
            "MAILGUN_API_KEY": key, "MAILGUN_API_URL": url + "/v3", "MAILGUN_SENDER_DOMAIN": "posthaste.example",
        }
    )
    django.setup()
    from anymail.exceptions import AnymailRecipientsRefused, AnymailRequestsAPIError
    from django.core.mail import EmailMultiAlternatives, get_connection

    for name in ["resend", "postmark", "mailgun"]:
        connection = get_connection(f"anymail.backends.{name}.EmailBackend")
        mail = EmailMultiAlternatives(
            f"Anymail {name}", "Hi", SENDER, ["Ana <ana@example.org>"], cc=["cara@example.org"], reply_to=["help@example.org"],
            headers={"X-Own": "1"}, connection=connection,
        )
        mail.attach_alternative("<p>Hi</p>", "text/html")
        mail.attach("a.txt", FILE, "text/plain")
        mail.metadata, mail.tags = {"order": 7}, ["two words"]
        mail.send()
        status = mail.anymail_status.recipients["ana@example.org"].status
        assert status in ("sent", "queued"), status
        message = stored(subject=f"Anymail {name}", via=name, html="<p>Hi</p>")
        assert message["metadata"]["order"] == "7" and message["tags"] == ["two words"], message
        assert message["attachments"][0]["size"] == len(FILE), message["attachments"]
        bad = EmailMultiAlternatives("x", "Hi", SENDER, ["ana@-example.org"], connection=connection)
        # Of Postmark's answer it reads which address is bad.
        is_read = name == "postmark"
        refused(AnymailRecipientsRefused if is_read else AnymailRequestsAPIError, bad.send, "" if is_read else "hyphen")


for name in ["resend", "sendgrid", "postmark", "mailgun", "anymail"]:
    globals()[f"with_{name}"]()
    print(name, flush=True)
