"""Archives by Python's zipfile: with "write N" as many as that, with "read N" as many from standard input are taken apart.

Whatever crosses is four octets of length, big-endian, and the octets. After each archive that is written come the number of its files
and each file's name and octets; what is read is answered by the same without the archive.
"""

import io
import random
import struct
import sys
import zipfile

OUT = sys.stdout.buffer


def put(data):
    OUT.write(struct.pack(">I", len(data)) + data)


def get():
    (length,) = struct.unpack(">I", sys.stdin.buffer.read(4))
    return sys.stdin.buffer.read(length)


class Pipe(io.BytesIO):
    """Cannot go back: sizes are written behind the octets."""

    def seekable(self):
        return False

    def tell(self):
        raise OSError


def told(files):
    put(str(len(files)).encode())
    for name, data in files:
        put(name.encode())
        put(data)


def write(chance):
    out = chance.choice([io.BytesIO, Pipe])()
    before = chance.choice([b"", b"", b"%PDF-1.7\n"])
    out.write(before)
    files = []
    with zipfile.ZipFile(out, "w") as archive:
        # An empty archive behind something else is nothing that anybody would see.
        for at in range(chance.randrange(1 if before else 0, 6)):
            name = chance.choice(["bio.pdf", "résultat été.hpr", "dossier/A", "日本語.txt"])
            name = name.replace(".", f"{at}.") if "." in name else f"{name}{at}"
            size = chance.choice([0, 1, 100, chance.randrange(1, 40_000)])
            data = bytes(chance.choice([0, 65, chance.randrange(256)]) for _ in range(size))
            info = zipfile.ZipInfo(name, (2026, 11, 23, 10, 12, 0))
            info.compress_type = chance.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
            info.comment = chance.choice([b"", "été".encode()])
            with archive.open(info, "w", force_zip64=chance.random() < 0.3) as file:
                file.write(data)
            files.append((name, data))
        archive.comment = chance.choice([b"", b"un commentaire"])
    put(out.getvalue())
    told(files)


def read():
    with zipfile.ZipFile(io.BytesIO(get())) as archive:
        told([(info.filename, archive.read(info)) for info in archive.infolist()])
    OUT.flush()


chance = random.Random(7)
for _ in range(int(sys.argv[2])):
    write(chance) if sys.argv[1] == "write" else read()
