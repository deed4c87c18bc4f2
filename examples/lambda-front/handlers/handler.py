"""Takes the events of lambda-front, with the settings of template.yaml. Each field is a list of decoded values."""


def handler(event, context):
    fields = event["fields"]
    message = {"id": event["requestId"], "time": event["time"]}
    for name in ("name", "email", "message"):
        message[name] = fields.get(name, [""])[0]
    message["topics"] = fields.get("topic", [])
    # Store it or pass it on here. If you raise an exception, Lambda calls again, at most twice.
    print(f"form {event['requestId']}: {len(fields)} fields")
    return message
