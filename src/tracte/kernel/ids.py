"""Record ids: 64-bit, time-ordered, known before the insert, unique across every entity and every process.

Layout from the high bit: 41 bits of milliseconds since 2020-01-01 UTC, 12 bits of node, 10 bits of sequence. People and
JSON see Crockford base32: 12 characters until September 2028 (60 bits), 13 from then on.
"""

import os
import re
import secrets
import time
from datetime import UTC, datetime, timedelta
from threading import Lock

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_EPOCH_MS = int(EPOCH.timestamp() * 1000)
_NODE_BITS = 12
_SEQUENCE_BITS = 10
_SEQUENCES = 1 << _SEQUENCE_BITS
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(a + b for a in _ALPHABET for b in _ALPHABET)
# int(…, 32) reads digits 0–9a–v: our letters, their capitals and the look-alikes are moved onto those.
_DIGITS = str.maketrans(_ALPHABET + _ALPHABET.upper() + "ilILoO", 2 * "0123456789abcdefghijklmnopqrstuv" + "111100")
_WRITTEN = re.compile(r"[0-9a-tv-zA-TV-Z]{12,13}\Z").match
MAX_ID = (1 << 63) - 1
PATTERN = "^[0-7]?[0-9a-hjkmnp-tv-z]{12}$"
"""What :func:`encode` gives, as a JSON Schema pattern."""


class _Generator:
    """Hands out ids that only grow, whatever the clock does."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.node = secrets.randbelow(1 << _NODE_BITS)
        self.tick = 0
        self.sequence = 0

    def take(self, count: int) -> list[int]:
        made: list[int] = []
        with self.lock:
            now = time.time_ns() // 1_000_000 - _EPOCH_MS
            if now > self.tick:
                self._start(now)
            while True:
                base = (self.tick << (_NODE_BITS + _SEQUENCE_BITS)) | (self.node << _SEQUENCE_BITS)
                end = min(_SEQUENCES, self.sequence + count - len(made))
                made.extend(range(base + self.sequence, base + end))
                self.sequence = end
                if len(made) >= count:
                    return made
                self.tick += 1  # borrow from the next millisecond rather than wait
                self.sequence = 0

    def _start(self, tick: int) -> None:
        self.tick = tick
        # A random start keeps ids of two merged databases apart; half the range stays free for the same millisecond.
        self.sequence = secrets.randbelow(_SEQUENCES // 2)

    def start_again(self) -> None:
        """In a child process: another node and another lock, never an id of before."""
        last = self.tick
        self.__init__()  # type: ignore[misc]
        self.tick = last + 1


_generator = _Generator()


os.register_at_fork(after_in_child=_generator.start_again)


def set_node(node: int) -> None:
    """Use a leased node number (0–4095) instead of the random one of this process."""
    if not 0 <= node < 1 << _NODE_BITS:
        raise ValueError(f"node {node} is outside 0–4095")
    _generator.node = node


def new_id() -> int:
    """The id of one new record."""
    return _generator.take(1)[0]


def new_ids(count: int) -> list[int]:
    """Ids of ``count`` new records, ascending."""
    return _generator.take(count) if count > 0 else []


def past_id(at: datetime, number: int) -> int:
    """The id of a record that existed before Tracte did, ordered among the others by when it was made.

    :param at: when (aware), not before 2020. :param number: distinguishes records of the same moment.
    """
    tick = int(at.timestamp() * 1000) - _EPOCH_MS
    return tick << (_NODE_BITS + _SEQUENCE_BITS) | number % (1 << (_NODE_BITS + _SEQUENCE_BITS))


def encode(number: int) -> str:
    """The id as people and JSON see it: lower-case Crockford base32, at least 12 characters.

    :raises ValueError: for a number that is no id.
    """
    if not 0 <= number <= MAX_ID:
        raise ValueError("not an id")
    pairs = _PAIRS
    text = (
        pairs[number >> 50 & 1023]
        + pairs[number >> 40 & 1023]
        + pairs[number >> 30 & 1023]
        + pairs[number >> 20 & 1023]
        + pairs[number >> 10 & 1023]
        + pairs[number & 1023]
    )
    return _ALPHABET[number >> 60] + text if number >> 60 else text


def decode(text: str) -> int:
    """The id in ``text``; capitals are read, and so are ``i`` and ``l`` as 1, ``o`` as 0.

    :raises ValueError: when it is no id.
    """
    if not _WRITTEN(text):
        raise ValueError("not an id")
    number = int(text.translate(_DIGITS), 32)
    if number > MAX_ID:
        raise ValueError("not an id")
    return number


def moment(number: int) -> datetime:
    """When the id was made, to the millisecond, in UTC."""
    return EPOCH + timedelta(milliseconds=number >> (_NODE_BITS + _SEQUENCE_BITS))
