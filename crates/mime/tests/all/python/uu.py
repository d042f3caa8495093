"""Texts with files in them, encoded by Python's binascii: as many as the first argument says.

Each goes as the text, the text without its file, the file's name and its octets, each of them as four octets of length,
big-endian, and the octets.
"""

import base64
import binascii
import random
import struct
import sys

OUT = sys.stdout.buffer


def lines_of(data, kind):
    if kind == "base64":
        encoded = base64.b64encode(data)
        return [encoded[at:at + 60] for at in range(0, len(encoded), 60)] + [b"===="]
    backtick = kind == "backtick"
    lines = [binascii.b2a_uu(data[at:at + 45], backtick=backtick)[:-1] for at in range(0, len(data), 45)]
    lines += [b"`" if backtick else b" ", b"end"]
    return [line.rstrip(b" ") for line in lines] if kind == "stripped" else lines


def main(count):
    chance = random.Random(7)
    for number in range(count):
        kind = chance.choice(["space", "backtick", "stripped", "base64"])
        fewest = 1 if kind == "stripped" else 0
        size = chance.choice([fewest, 1, 2, 3, 44, 45, 46, 89, 90, 91, chance.randrange(1, 3000)])
        data = bytes(chance.choice([0, chance.randrange(256)]) for _ in range(size))
        if kind == "stripped":
            # One line at least that loses nothing but what fills it up.
            data = data[:-1] + b"\xff"
        name = chance.choice(["compte rendu.pdf", "résultat.hpr", "A"])
        end = chance.choice([b"\n", b"\r\n"])
        before = chance.choice([b"", b"Bonjour,", "begin 644 été\nsuite".encode()])
        after = chance.choice([b"", b"Cordialement"])
        word = b"begin-base64 " if kind == "base64" else b"begin "
        file = [word + chance.choice([b"644", b"0600"]) + b" " + name.encode()] + lines_of(data, kind)
        before = before + end if before else b""
        whole = before + end.join(file) + end + after
        for part in (whole, before + after, name.encode(), data):
            OUT.write(struct.pack(">I", len(part)) + part)


main(int(sys.argv[1]))
