"""What a Python app does: it sends a mail by SMTP_HOST and SMTP_PORT, and checks tokens with the keys of OIDC_ISSUER."""
import asyncio
import json
import os
import urllib.request
from email.message import EmailMessage

import aiosmtplib
import jwt

ISSUER = os.environ["OIDC_ISSUER"]
AUDIENCE = os.environ["OIDC_AUDIENCE"]
KEYS = jwt.PyJWKClient(os.environ["OIDC_JWKS_URL"])


def mint(**request):
    body = json.dumps(request).encode()
    headers = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{ISSUER}/mint", body, headers)) as answer:
        return json.load(answer)["token"]


def check(token):
    key = KEYS.get_signing_key_from_jwt(token).key
    return jwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER, audience=AUDIENCE, options={"require": ["exp"]})


def refusal(token):
    try:
        return f"accepted as {check(token)['sub']}"
    except jwt.PyJWTError as error:
        return type(error).__name__


def mail():
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "shop@example.com", "anna@example.com", "Grüße"
    message.set_content("Code: 314159")
    return message


asyncio.run(aiosmtplib.send(mail(), hostname=os.environ["SMTP_HOST"], port=int(os.environ["SMTP_PORT"])))
defects = os.environ["DEFECTS"].split()
found = {defect: refusal(mint(sub="anna", defect=defect)) for defect in defects}
print(json.dumps({"good": check(mint(sub="anna"))["sub"], **found}))
