"""Python's email package as the other side of crates/mime: `read` what comes on standard input, or `write` letters.

Messages go as four octets of length, big-endian, and the octets; what was read or meant as one line of JSON each.
"""

import hashlib
import json
import random
import struct
import sys
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime
from datetime import datetime, timedelta, timezone

WORDS = [
    "Dr", "Éloïse", "Nœuvéglise", "compte rendu", "d’échocardiographie", "(cardiologue)", "Martin,", "\"le\"", "O'Neil", "labo.",
    "15 °C", "日本語", "🩺", "à", "naïve", "suivi;", "très-long-mot-composé-qui-remplit-une-ligne-entière-et-davantage-encore",
]
LINES = ["Bonjour,", "", "L’échographie est normale.", "From ici", ".", "-- ", "Température : 38,5 °C", "x" * 300, "œdème é" * 40, "\ttabulé"]
CHARSETS = ["utf-8", "utf-8", "iso-8859-1", "windows-1252", "iso-8859-15", "us-ascii"]


def people(header):
    return [[a.display_name, a.addr_spec] for a in header.addresses] if header is not None else []


def squeezed(said):
    """Names without spaces: this Python loses some in folding, and leaves some between encoded words (RFC 2047 section 6.2)."""
    for key in ("from", "to", "cc"):
        said[key] = [["".join(name.split()), email] for name, email in said[key]]
    return said


def unflow(text):
    """The paragraphs of text that is not quoted (RFC 3676 section 4)."""
    joined, flows = [], False
    for line in text.split("\n"):
        line = line[1:] if line.startswith(" ") else line
        signature = line == "-- "
        if flows and not signature:
            joined[-1] += line
        else:
            joined.append(line)
        flows = line.endswith(" ") and not signature
    return "\n".join(joined)


def read(octets):
    message = message_from_bytes(octets, policy=default)
    body = message.get_body(preferencelist=("plain",))
    text = body.get_content().replace("\r\n", "\n") if body is not None else ""
    if body is not None and body.get_param("format") == "flowed":
        text = unflow(text)
    html = message.get_body(preferencelist=("html",))
    images = [
        [part["content-id"].strip("<>"), part.get_filename(), part.get_content_type(), hashlib.sha256(part.get_payload(decode=True) or b"").hexdigest()]
        for part in message.walk() if part["content-id"]
    ]
    files = [
        [part.get_filename(), part.get_content_type(), hashlib.sha256(part.get_payload(decode=True) or b"").hexdigest()]
        for part in message.iter_attachments()
    ] if message.get_content_type() == "multipart/mixed" else []
    return {
        "from": people(message["from"]), "to": people(message["to"]), "cc": people(message["cc"]),
        "subject": str(message["subject"] or ""), "message_id": str(message["message-id"] or "").strip().strip("<>"),
        "date": int(message["date"].datetime.timestamp()),
        "text": text, "files": files, "images": images,
        "html": html.get_content().replace("\r\n", "\n") if html is not None else None,
        "defects": [type(d).__name__ for part in message.walk() for d in part.defects],
    }


def write(chance):
    words = lambda most: " ".join(chance.choice(WORDS) for _ in range(chance.randrange(1, most)))
    address = lambda: Address(words(4), chance.choice(["a", "prenom.nom", "o'neil+tag"]), chance.choice(["b.example", "xn--sant-epa.example"]))
    message = EmailMessage(policy=SMTP)
    meant = {"from": address(), "to": [address() for _ in range(chance.randrange(1, 4))], "cc": [address() for _ in range(chance.randrange(3))]}
    message["From"], message["To"] = meant["from"], meant["to"]
    if meant["cc"]:
        message["Cc"] = meant["cc"]
    moment = datetime(2020, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=chance.randrange(200_000_000))
    subject = words(12)
    message["Subject"], message["Date"], message["Message-ID"] = subject, format_datetime(moment), f"<{chance.randrange(10**9)}@b.example>"
    charset = chance.choice(CHARSETS)
    lines = [line.encode(charset, "replace").decode(charset) for line in (chance.choice(LINES) for _ in range(chance.randrange(1, 20)))]
    text = "\n".join(lines) + "\n"
    message.set_content(text, charset=charset, cte=chance.choice([None, "quoted-printable", "base64"]))
    files = []
    for at in range(chance.randrange(4)):
        name, octets = f"{at} {words(4)}", chance.randbytes(chance.randrange(600))
        main, sub = chance.choice([("application", "pdf"), ("image", "png"), ("application", "octet-stream")])
        message.add_attachment(octets, maintype=main, subtype=sub, filename=name)
        files.append([name, f"{main}/{sub}", hashlib.sha256(octets).hexdigest()])
    pair = lambda a: [a.display_name, a.addr_spec]
    return message.as_bytes(), {
        "from": [pair(meant["from"])], "to": [pair(a) for a in meant["to"]], "cc": [pair(a) for a in meant["cc"]],
        "subject": subject, "message_id": message["Message-ID"].strip().strip("<>"), "date": int(moment.timestamp()),
        "text": text, "files": files, "images": [], "html": None, "defects": [],
    }


def main():
    out = sys.stdout.buffer
    if sys.argv[1] == "read":
        source = sys.stdin.buffer
        while head := source.read(4):
            out.write(json.dumps(squeezed(read(source.read(struct.unpack(">I", head)[0])))).encode() + b"\n")
    else:
        chance = random.Random(int(sys.argv[2]))
        for _ in range(int(sys.argv[3])):
            octets, meant = write(chance)
            # Folding, this Python loses spaces: a letter that it does not read itself is no measure.
            while squeezed(read(octets)) != squeezed(meant):
                octets, meant = write(chance)
            line = json.dumps(meant).encode()
            for piece in (octets, line):
                out.write(struct.pack(">I", len(piece)) + piece)


main()
