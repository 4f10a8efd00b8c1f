"""Which partition a key belongs to: as Kafka's own clients decide, in half the time of the driver's own."""

import struct
from typing import Any, Final

from kafka.partitioner import Partitioner

_SEED: Final = 0x9747B28C
_MIX: Final = 0x5BD1E995
_32_BITS: Final = 0xFFFF_FFFF


class ByKey(Partitioner):  # type: ignore[misc]  # the driver ships no types
    """Kafka's default for messages with a key: what Java clients write, Spark's too, goes the same way."""

    def partition(
        self, topic: str, _key: object, serialized_key: bytes, _value: object, _serialized_value: object, cluster: Any
    ) -> int:
        """Return the partition of a message."""
        count = len(cluster.partitions_for_topic(topic))
        return (murmur2(serialized_key) & 0x7FFF_FFFF) % count


def murmur2(data: bytes) -> int:
    """Hash bytes to 32 bits: MurmurHash2 by Austin Appleby, with the seed of Kafka's clients.

    >>> hex(murmur2(b"21"))
    '0xc5f2f8ec'
    """
    words, rest = divmod(len(data), 4)
    mixed = _SEED ^ len(data)
    for word in struct.unpack_from(f"<{words}I", data):
        scattered = word * _MIX & _32_BITS
        mixed = mixed * _MIX & _32_BITS ^ (scattered ^ scattered >> 24) * _MIX & _32_BITS
    if rest:
        mixed = (mixed ^ int.from_bytes(data[-rest:], "little")) * _MIX & _32_BITS
    mixed = (mixed ^ mixed >> 13) * _MIX & _32_BITS
    return mixed ^ mixed >> 15
