"""Reads an unsealed spool by FORMAT.md alone: what waits in it, without mailsec.

    for message in read_spool(pathlib.Path("spool")):
        print(message.id, message.sender, message.recipients, message.content)
"""
import pathlib
import struct
from collections import namedtuple

BLOCK, HEAD = 4096, 96
MESSAGE, BIG, ENVELOPE, DONE, CLOSE = range(1, 6)
HEAD_FIELDS = struct.Struct("<IBB2x8sQIIqqQIIIIIIII8x")
TABLE = []
for octet in range(256):
    for _ in range(8):
        octet = octet >> 1 ^ (0x82F63B78 if octet & 1 else 0)
    TABLE.append(octet)


def crc32c(octets):
    crc = 0xFFFFFFFF
    for octet in octets:
        crc = crc >> 8 ^ TABLE[(crc ^ octet) & 0xFF]
    return crc ^ 0xFFFFFFFF


Header = namedtuple("Header", "number salt key_id")
Head = namedtuple("Head", """type flags id version attempts received next_attempt octets index
                  count batch_octets payload_offset envelope_octets envelope_crc content_octets content_crc""")
Message = namedtuple("Message", "id held given_up attempts sender recipients content")


def read_header(block):
    magic, number, salt, key_id = struct.unpack_from("<8sQ16sI", block)
    (crc,) = struct.unpack_from("<I", block, 64)
    if magic != b"mailsec1" or crc != crc32c(block[:64]):
        return None
    return Header(number, salt, key_id)


def read_head(octets, header, offset):
    crc, kind, flags, salt, *rest = HEAD_FIELDS.unpack(octets)
    place = struct.pack("<QQ", header.number, offset)
    if salt != header.salt[:8] or crc != crc32c(header.salt + place + octets[4:]):
        return None
    return Head(kind, flags, *rest)


def records(segment, header):
    """Each record of a segment: its offset, its head, envelope and content."""
    batch = 2 * BLOCK
    while batch < len(segment):
        heads = [read_head(segment[at:at + HEAD], header, at)
                 for at in range(batch, min(batch + BLOCK, len(segment)) - HEAD + 1, HEAD)]
        first = next((head for i, head in enumerate(heads) if head and head.index == i), None)
        if first is None:
            batch += BLOCK
            continue
        for index in range(first.count):
            at = batch + index * HEAD
            head = read_head(segment[at:at + HEAD], header, at)
            if head and head.index == index:
                start = batch + head.payload_offset
                middle = start + head.envelope_octets
                yield at, head, segment[start:middle], segment[middle:middle + head.content_octets]
        batch += first.batch_octets


def read_big(path):
    """The content in a file of its own: a header block, then pieces with checksums."""
    octets = path.read_bytes()
    header, content = read_header(octets[:BLOCK]), b""
    for piece, at in enumerate(range(BLOCK, len(octets), (64 << 10) + 16)):
        stored = octets[at:at + (64 << 10) + 16]
        context = header.salt + f"{header.number}/{piece}".encode()
        assert struct.unpack_from("<I", stored, len(stored) - 16)[0] == crc32c(context + stored[:-16])
        content += stored[:-16]
    return content


def protobuf(octets):
    """The fields of a message of protobuf: (number, value)."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            value |= (octets[at] & 0x7F) << shift
            shift, at = shift + 7, at + 1
            if octets[at - 1] < 0x80:
                return value

    while at < len(octets):
        tag = varint()
        value = varint()
        if tag & 7 == 2:
            value, at = octets[at:at + value], at + value
        yield tag >> 3, value


def queue_id(number):
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + text
    return text


def read_spool(folder):
    segments = {}
    for path in (pathlib.Path(folder) / "log").glob("*.seg"):
        octets = path.read_bytes()
        copies = [read_header(octets[at:at + BLOCK]) for at in (0, BLOCK)]
        header = max(filter(None, copies), key=lambda copy: copy.number, default=None)
        if header:
            assert header.key_id == 0, "the spool is sealed"
            segments[header.number] = (octets, header)
    ends, contents, envelopes, done = {}, {}, {}, set()
    for number in sorted(segments, reverse=True):
        for at, head, envelope, content in records(*segments[number]):
            if at >= ends.get(number, len(segments[number][0])):
                break
            if head.type == CLOSE:
                ends[head.octets] = head.received
            elif head.type == DONE:
                done.add(head.id)
            else:
                if head.type != ENVELOPE:
                    contents[head.id] = (head.type, head.content_crc, content)
                if head.version >= envelopes.get(head.id, (head,))[0].version:
                    envelopes[head.id] = (head, envelope)
    for number in sorted(envelopes.keys() - done):
        head, envelope = envelopes[number]
        kind, crc, content = contents[number]
        if kind == BIG:
            content = read_big(pathlib.Path(folder) / "big" / queue_id(number))
        assert crc32c(envelope) == head.envelope_crc and (kind == BIG or crc32c(content) == crc)
        fields = list(protobuf(envelope))
        yield Message(id=queue_id(number), held=bool(head.flags & 1), attempts=head.attempts,
                      given_up=any(value for tag, value in fields if tag == 26),
                      sender=next((value.decode() for tag, value in fields if tag == 1), "<>"),
                      recipients=[dict(protobuf(value))[1].decode() for tag, value in fields if tag == 8],
                      content=content)
