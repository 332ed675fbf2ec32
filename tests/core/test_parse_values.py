"""The hostile parser: reads what `encode` writes and nothing else, within bounds."""

import marshal
import random
import struct
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialrun.core import values as v
from trialrun.core.parse_values import decode, is_certain, parse, render

pytestmark = pytest.mark.fast

SAMPLES = [
    None, True, 5, -(2**31) - 1, 2**90, 1.5, 2j, "é\ud800", b"ab", [1, [2], (3, (4,))], {1: [2], "a": (1, 2)},
    {(1, 2), (0,)}, frozenset([frozenset([1]), frozenset()]), bytearray(b"ab"), range(3), iter([1]),
    {1: 2}.items(), len,
]  # fmt: skip
shared = [1]
SAMPLES += [[shared, shared, {"k": shared}]]


def raw(*lowered):
    return marshal.dumps(lowered if len(lowered) > 1 else lowered[0], 2)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: type(s).__name__)
def test_every_single_byte_mutation_is_rejected_or_read_as_what_it_says(sample):
    data = v.encode(sample)
    for i in range(len(data)):
        for byte in range(256):
            mutated = data[:i] + bytes([byte]) + data[i + 1 :]
            try:
                tree = parse(mutated)
            except v.Malformed:
                continue
            assert marshal.dumps(tree, 2) == mutated
            try:
                decode(mutated)
            except v.Malformed:
                pass
            render(tree)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: type(s).__name__)
def test_truncated_and_padded_bytes_are_rejected(sample):
    data = v.encode(sample)
    for end in range(len(data)):
        with pytest.raises(v.Malformed):
            parse(data[:end])
    for more in (b"\0", b"N", data):
        with pytest.raises(v.Malformed):
            parse(data + more)


@given(st.binary(max_size=60))
def test_noise_raises_nothing_but_malformed(data):
    try:
        assert marshal.dumps(parse(data), 2) == data
    except v.Malformed:
        pass
    assert isinstance(render(data), str)


WORDS = [b"(", b"\x01\0\0\0", b"\x02\0\0\0", b"i", b"\x0d\0\0\0", b"N", b"g", b"l", b"u", b"R", b"[", b"\0"]


@given(st.lists(st.sampled_from(WORDS)))
def test_noise_of_the_right_vocabulary(parts):
    data = b"".join(parts)
    try:
        assert marshal.dumps(parse(data), 2) == data
    except v.Malformed:
        pass


@pytest.mark.parametrize("code", [c for c in range(256) if chr(c) not in "NTF.igyu(sl"])
def test_other_type_codes_of_marshal_are_refused(code):
    for body in (b"", b"\0" * 16, b"\x01\0\0\0N"):
        with pytest.raises(v.Malformed):
            parse(bytes([code]) + body)


@pytest.mark.parametrize(
    "data",
    [
        b"l\x01\0\0\0\x05\0",  # a short integer written long
        b"l\x03\0\0\0\0\0\0\0\0\0",  # zero top digit
        b"l\x04\0\0\0\0\0\0\0\x04\0\0\0",  # the same, of a large number
        b"l\x03\0\0\0\0\0\0\0\0\x80",  # a digit of 16 bits
        b"l\0\0\0\0",
        b"l\x00\x00\x00\x80",
        b"u\x01\0\0\0\xff",
        b"(\0\0\0\0",
        b"(\xff\xff\xff\x7fN",
        b"(\xff\xff\xff\xffN",
        b"s\xff\xff\xff\xff",
        b"",
    ],
)
def test_malformed_atoms(data):
    with pytest.raises(v.Malformed):
        parse(data)


@pytest.mark.parametrize(
    "tree",
    [
        ("x",), (True, 1), (1.0, 1), (99,), (-1,), ((v.LIST,),),
        (v.REF, 0), (v.LIST, (v.REF, 1)), (v.LIST, (v.REF, -1)), (v.LIST, (v.REF, True)),
        (v.LIST, (v.REF, 1), (v.LIST,)), (v.LIST, (v.TUPLE, 1), (v.REF, 1)), (v.LIST, (v.SET, (v.REF, 0))),
        (v.SET, (v.LIST,), (v.REF, 1)),
        (v.DICT, 1), (v.BYTEARRAY,), (v.BYTEARRAY, "a"), (v.BYTEARRAY, b"a", 1), (v.FRACTION, 1), (v.FRACTION, 1, 2.0),
        (v.DATE, 1, 2), (v.DATE, True, 2, 3), (v.OPAQUE, -1), (v.OPAQUE, "a", "b"), (v.LIST, (v.GRAPH, 1)),
        (v.SUBCLASS, "c"), (v.SUBCLASS, "c", 1, 2), (v.SUBCLASS, "c", (v.SUBCLASS, "d", 1)),
        (v.SUBCLASS, "c", (v.REF, 0)), (v.NAMEDTUPLE, "c", "x y", 1), (v.DATACLASS, "c", "x", 1, 2),
        (v.ENUM, "c", "m"), (v.ITERATOR, "k", 1),
        (v.TIME, 1, 2, 3, 4, 5), (v.SERIES, "f", 1, 2), (v.ARRAY, "<f8", b""), (v.DEQUE, "a"),
    ],
)  # fmt: skip
def test_trees_that_lie_about_their_shape(tree):
    with pytest.raises(v.Malformed):
        parse(marshal.dumps(tree, 2))


@pytest.mark.parametrize(
    "tree",
    [
        (v.TUPLE, (v.REF, 0)), (v.FRACTION, 1, 0), (v.DATE, 2020, 13, 1), (v.RANGE, 1, 2, 0),
        (v.DECIMAL, 2, "1", 0),
        (v.DECIMAL, 0, "x", 0), (v.TIMEDELTA, 10**10, 0, 0),
        (v.TIMEZONE, "x", (v.TIMEDELTA, 9999, 0, 0)), (v.TIMEZONE, "x", 1), (v.TIME, 1, 2, 3, 4, 0, "x"),
        (v.DEQUE, 1, 1, 2), (v.DEQUE, -1), (v.VIEW, "dict_items", 1), (v.VIEW, "dict_lies", 1),
        (v.SCALAR, "|O", b"\0" * 8),
        (v.SCALAR, "<f8", b""), (v.ARRAY, "<f8", b"\0" * 8, "2"), (v.ARRAY, "<f8", b"\0" * 8, "x"),
        (v.ARRAY, "<q9", b"", ""),
    ],
)  # fmt: skip
def test_trees_of_the_right_shape_that_no_object_has(tree):
    data = marshal.dumps(tree, 2)
    parse(data)
    with pytest.raises(v.Malformed):
        decode(data)


def test_too_deep_and_too_long():
    for depth in (1003, 100_000):
        with pytest.raises(v.Malformed):
            parse(b"(\x02\0\0\0i\x0d\0\0\0" * depth + b"N")
    with pytest.raises(v.Malformed):
        parse(v.encode("x" * 100), limit=50)


def test_memory_is_bounded_by_the_bytes_that_came():
    hostile = [
        b"(\xff\xff\x00\x00" * 500,
        b"(\x00\x00\x0f\x00" + b"(" * (1 << 20),
        b"s\xff\xff\xff\x7f" + b"x" * 1000,
    ]
    tracemalloc.start()
    try:
        for data in hostile:
            tracemalloc.reset_peak()
            with pytest.raises(v.Malformed):
                parse(data)
            assert tracemalloc.get_traced_memory()[1] < 40 * len(data) + (1 << 20)
    finally:
        tracemalloc.stop()


def test_long_integers_of_every_length_and_sign():
    rng = random.Random(1)
    for bits in [*range(28, 200), 1000, 1919, 1920, 1921, 10_000, 100_003]:
        for n in (rng.getrandbits(bits) | 1 << bits - 1, 1 << bits, (1 << bits) - 1):
            assert parse(v.encode(n)) == n
            assert parse(v.encode(-n)) == -n


@pytest.mark.parametrize(
    "make", [lambda n: 1 << (30 * n), lambda n: list(range(n)), lambda n: [[i] for i in range(n)]]
)
def test_parsing_is_linear(make):
    def cost(data):
        best = 1e9
        for _ in range(4):
            start = time.process_time()
            parse(data)
            best = min(best, time.process_time() - start)
        return best

    small, large = (v.encode(make(n)) for n in (4_000, 32_000))
    assert cost(large) < 8 * 4 * cost(small)  # 8 times the input; quadratic would be 64 times


def test_a_negative_nan_and_a_signalling_one_are_read():
    for bits in (0xFFF8000000000000, 0x7FF0000000000001):
        data = b"g" + struct.pack("<Q", bits)
        assert marshal.dumps(parse(data), 2) == data


def test_equality_is_certain_unless_something_is_opaque_or_cut_short():
    assert is_certain(parse(v.encode([1, {2}, iter([3])])))
    assert not is_certain(parse(v.encode([{"a": (len,)}])))
    assert not is_certain(parse(v.encode(iter(range(v.ITEMS + 1)))))


def test_text_is_bounded_and_inert():
    assert render(v.encode({"a": [1, (2.5,)], "b": {3}})) == "{'a': [1, (2.5,)], 'b': {3}}"
    text = render(v.encode("\x1b[31m\u202e\n" * 10_000), limit=100)
    assert len(text) == 100 and text.isprintable()
    assert len(render(v.encode(list(range(100_000))), limit=80)) == 80
    assert render(v.encode(10**5000)) == f"<int of {(10**5000).bit_length()} bits>"
    assert render(b"junk").startswith("<malformed")
    loop: list = []
    loop.append(loop)
    assert render(v.encode(loop)) == "[<object 0 again>]"
    assert render(raw(v.OPAQUE, -1, "\x1b[0m")) == "<\\x1b[0m>"
    assert render(v.encode(set())) == "set()"
    assert render(v.encode_graph([1, [2], "x"])[0]) == "1, [2], 'x'"
    deep: list = []
    for _ in range(999):
        deep = [deep]
    assert render(v.encode(deep)) == "[" * 1000 + "]" * 1000
