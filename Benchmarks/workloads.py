"""The checkpoints that the benchmarks measure, made of a real small one."""
import io
import os
import random
import struct
import subprocess
import tarfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BASE = f"{ROOT}/fixtures/archives/netns-path.tar.gz"
PAGE = 4096
# Magic numbers of CRIU's images: common, and that of pagemap (criu/include/magic.h).
IMG_COMMON, PAGEMAP = 0x54564319, 0x56084025


class Pages:
    """Memory of a process, as a file that is read once: pages of zeros, of noise, of text, and of
    numbers that count up, in runs of one to sixteen, as mappings are."""

    def __init__(self, size, seed):
        source = random.Random(seed)
        words = [source.randbytes(source.randrange(2, 9)).hex().encode() for _ in range(4096)]
        kinds = [
            lambda: bytes(PAGE),
            lambda: source.randbytes(PAGE),
            lambda: b" ".join(source.choices(words, k=600)).ljust(PAGE, b".")[:PAGE],
            lambda: struct.pack("<512Q", *range(base := source.getrandbits(40), base + 512)),
        ]
        pages = []
        while len(pages) < 4096:
            kind = source.choice(kinds)
            pages += [kind() for _ in range(source.randrange(1, 17))]
        self.block = b"".join(pages[:4096])
        self.size, self.place = size, 0

    def read(self, size):
        size = min(size, self.size - self.place)
        start = self.place % len(self.block)
        piece = self.block[start : start + size]
        self.place += len(piece)
        return piece + self.read(size - len(piece)) if len(piece) < size else piece


def varint(number):
    result = b""
    while number > 0x7F:
        result += bytes([number & 0x7F | 0x80])
        number >>= 7
    return result + bytes([number])


def message(fields):
    """A protobuf message of pairs of field number and value: a number, bytes, or a message's pairs."""
    result = b""
    for number, value in fields:
        if isinstance(value, list):
            value = message(value)
        if isinstance(value, bytes):
            result += varint(number << 3 | 2) + varint(len(value)) + value
        else:
            result += varint(number << 3) + varint(value)
    return result


def record(fields):
    """A record of an image: its length and a message."""
    body = message(fields)
    return struct.pack("<I", len(body)) + body


def pagemap(entries):
    """Runs of one page each, with a hole between them, all of the parent: no page is stored
    (fields of pagemap_entry: 1 vaddr, 2 nr_pages, 4 flags with PE_PARENT)."""
    head = struct.pack("<II", IMG_COMMON, PAGEMAP) + record([(1, 900)])
    return head + b"".join(
        record([(1, 0x10000000 + index * 2 * PAGE), (2, 1), (4, 1)]) for index in range(entries)
    )


def members(**changed):
    """The entries of the small checkpoint, with some of them changed; None leaves one out."""
    with tarfile.open(BASE) as archive:
        for member in archive:
            if member.name in changed:
                data = changed[member.name]
                if data is None:
                    continue
                member.size = len(data)
                yield member, io.BytesIO(data)
            else:
                yield member, io.BytesIO(archive.extractfile(member).read()) if member.isfile() else None


def file(name, size, body):
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member, body


def write(path, entries):
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        for member, body in entries:
            archive.addfile(member, body)


def bulk(path, mib, **changed):
    """The small checkpoint with three more pages files."""
    size = (mib << 20) // 3 // PAGE * PAGE
    pages = [file(f"checkpoint/pages-{900 + n}.img", size, Pages(size, n)) for n in range(3)]
    write(path, [*members(**changed), *pages])


def huge(path, gib):
    """One pages file that takes no room on disk: its content is a hole of the archive's file."""
    bulk_member, _ = file("checkpoint/pages-900.img", 0, None)
    small = io.BytesIO()
    with tarfile.open(fileobj=small, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member, body in members():
            archive.addfile(member, body)
        end = small.tell()
    bulk_member.size = gib << 30
    with open(path, "wb") as out:
        out.write(small.getvalue()[:end])
        out.write(bulk_member.tobuf(tarfile.PAX_FORMAT))
        out.truncate(out.tell() + bulk_member.size + 1024)


def many(path, count):
    extra = [file(f"extra/{n // 1000:03}/{n:06}", 10, io.BytesIO(b"0123456789")) for n in range(count)]
    write(path, [*members(), *extra])


def mapped(path, entries):
    """The small checkpoint with one more pagemap."""
    data = pagemap(entries)
    write(path, [*members(), file("checkpoint/pagemap-900.img", len(data), io.BytesIO(data))])


def processes(path, count):
    """The small checkpoint with copies of its second process, each with its own memory."""
    old = {member.name: body.read() for member, body in members() if body}
    images = {name: old[f"checkpoint/{name}-24.img"] for name in ["core", "mm", "fs", "ids"]}
    runs = old["checkpoint/pagemap-24.img"][8:]
    runs = runs[4 + struct.unpack_from("<I", runs)[0] :]
    tree = old["checkpoint/pstree.img"]
    extra = []
    for pid in range(1000, 1000 + count):
        # Fields of pstree_entry: 1 pid, 2 ppid, 3 pgid, 4 sid, 5 threads.
        tree += record([(1, pid), (2, 1), (3, 1), (4, 1), (5, pid)])
        head = struct.pack("<II", IMG_COMMON, PAGEMAP) + record([(1, pid)])
        own = {f"{name}-{pid}": data for name, data in images.items()}
        own |= {f"pagemap-{pid}": head + runs, f"pages-{pid}": old["checkpoint/pages-2.img"]}
        extra += [
            file(f"checkpoint/{name}.img", len(data), io.BytesIO(data)) for name, data in own.items()
        ]
    write(path, [*members(**{"checkpoint/pstree.img": tree}), *extra])


def make(folder, scale):
    """All of them; `scale` divides the sizes, so that a smoke run takes seconds."""
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    bulk("1g.tar", 1024 // scale)
    bulk("broken.tar", 1024 // scale, **{"checkpoint/inventory.img": None})
    huge("8g.tar", max(1, 8 // scale))
    many("many.tar", 100_000 // scale)
    processes("procs.tar", 1000 // scale)
    mapped("pagemap.tar", 1_000_000 // scale)
    mapped("pagemap4.tar", 4_000_000 // scale)
    mapped("nopagemap.tar", 0)
    for name in ["1g", "broken"]:
        subprocess.run(["zstd", "-q", "-f", "-3", f"{name}.tar"], check=True)
    with open("1g.tar.gz", "wb") as out:
        subprocess.run(["gzip", "-6", "-c", "1g.tar"], stdout=out, check=True)
    os.makedirs("thousand", exist_ok=True)
    for number in range(1000 // scale):
        path = f"thousand/{number:04}.tar.zst"
        if not os.path.exists(path):
            os.symlink(f"{ROOT}/fixtures/archives/privileged.tar.zst", path)
