"""The bodies that Python's encoders make, and what its email parser reads. Speaks JSON on the standard streams."""

import base64
import json
import sys
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import BytesParser
from email.policy import HTTP

from urllib3.filepost import encode_multipart_formdata


def urllib3(fields):
    """As requests and requests-toolbelt send it."""

    def pair(field):
        if "value" in field:
            return field["name"], field["value"]
        content = base64.b64decode(field["content"])
        return field["name"], (field["filename"], content, field["type"])

    body, content_type = encode_multipart_formdata([pair(field) for field in fields])
    return content_type, body


def email(fields):
    form = MIMEMultipart("form-data")
    for field in fields:
        if "value" in field:
            part = MIMEText(field["value"], "plain", "utf-8")
            del part["Content-Transfer-Encoding"]
            part["Content-Transfer-Encoding"] = "8bit"
            part.set_payload(field["value"].encode().decode("ascii", "surrogateescape"))
            part.add_header("Content-Disposition", "form-data", name=field["name"])
        else:
            content = base64.b64decode(field["content"])
            part = MIMEApplication(content, field["type"].removeprefix("application/"), lambda part: None)
            part.set_payload(content.decode("ascii", "surrogateescape"))
            part.add_header("Content-Disposition", "form-data", name=field["name"], filename=field["filename"])
        del part["MIME-Version"]
        form.attach(part)
    whole = form.as_bytes(policy=HTTP.clone(max_line_length=0))
    headers, body = whole.split(b"\r\n\r\n", 1)
    return BytesParser(policy=HTTP).parsebytes(headers + b"\r\n\r\n")["Content-Type"], body


def read(boundary, body):
    head = f'Content-Type: multipart/form-data; boundary="{boundary}"\r\n\r\n'.encode()
    message = BytesParser().parsebytes(head + body)
    if not message.is_multipart() or message.defects:
        return None
    parts = []
    for part in message.get_payload():
        name = part.get_param("name", header="content-disposition")
        if name is None or part.defects or part.is_multipart():
            return None
        content = part.get_payload(decode=True)
        parts.append([str(name), part.get_filename(), content.decode("utf-8", "replace")])
    return parts


request = json.load(sys.stdin)
answer = {"written": [], "read": []}
for writer, fields in request["write"]:
    content_type, body = {"urllib3": urllib3, "email": email}[writer](fields)
    answer["written"].append([content_type, base64.b64encode(body).decode()])
for boundary, body in request["read"]:
    answer["read"].append(read(boundary, base64.b64decode(body)))
json.dump(answer, sys.stdout)
