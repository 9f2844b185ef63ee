"""Writes pickles.json: pickles as Python writes them, in base64. Run it with numpy and joblib installed."""

import base64, collections, datetime, decimal, io, json, os, pickle, struct, sys, zipfile, zlib

import joblib
import numpy


class Runs:
    def __init__(self, callee, *arguments):
        self.made = (callee, arguments)

    def __reduce__(self):
        return self.made


class Old:
    pass


def opcodes(*parts):
    return b"".join(part if isinstance(part, bytes) else part.encode() for part in parts)


def short(text):
    return b"\x8c" + bytes([len(text)]) + text.encode()


def joblib_bytes(value, **how):
    file = io.BytesIO()
    joblib.dump(value, file, **how)
    return file.getvalue()


def zipped(members, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content, compression)
    return file.getvalue()


def npy(value):
    file = io.BytesIO()
    numpy.save(file, value, allow_pickle=True)
    return file.getvalue()


EVIL = Runs(os.system, "true")
PLAIN = {
    "a": [1, 2.5, -7, 10**30, True, None, "text", b"bytes", bytearray(b"x"), ("t", 1, 2, 3), {1, 2}, frozenset({3}), 1j],
    "long": "x" * 70_000,
    "od": collections.OrderedDict(a=1),
    "when": datetime.datetime(2020, 1, 1),
    "price": decimal.Decimal("1.5"),
}
ARRAYS = {
    "f": numpy.arange(40.0).reshape(5, 8),
    "s": numpy.array(["ab", "c"]),
    "n": numpy.float64(2.5),
    "o": numpy.array(["late", 1, None], dtype=object),
    "r": numpy.random.RandomState(1),
}

golden = {}
for protocol in range(6):
    golden[f"plain protocol {protocol}"] = pickle.dumps(PLAIN, protocol)
    golden[f"system protocol {protocol}"] = pickle.dumps(EVIL, protocol)
    golden[f"arrays protocol {protocol}"] = pickle.dumps(ARRAYS, protocol)
golden["system deep inside"] = pickle.dumps({"a": [({"b": [EVIL]},)]}, 4)
golden["eval of a pickle in a pickle"] = pickle.dumps(Runs(pickle.loads, pickle.dumps(EVIL, 2)), 4)
golden["an old class by INST"] = b"(S'true'\nios\nsystem\n."
golden["OBJ"] = b"(cos\nsystem\nS'true'\no."
golden["names fetched from the memo"] = opcodes(
    b"\x80\x04", short("system"), b"\x94", b"0", short("os"), b"\x94", b"0", b"h\x01", b"h\x00", b"\x93", short("true"), b"\x85R."
)
golden["a name put over another"] = opcodes(
    b"\x80\x04", short("os"), b"q\x05", b"0", short("math"), b"q\x06", b"0", b"h\x05", b"q\x06", b"0",
    b"h\x06", short("system"), b"\x93", short("true"), b"\x85R.",
)
golden["a name under an index far away"] = opcodes(
    b"\x80\x04", short("os"), b"r", struct.pack("<I", 4_000_000_000), b"0", b"j", struct.pack("<I", 4_000_000_000), short("system"), b"\x93", short("true"), b"\x85R.",
)
golden["a module in escapes"] = b"\x80\x04V\\u006fs\nVsystem\n\x93S'true'\n\x85R."
golden["a dotted walk through an allowed module"] = opcodes(
    b"\x80\x04", short("sklearn.tree._classes"), short("os.system"), b"\x93", short("true"), b"\x85R."
)
golden["an import behind the first pickle"] = pickle.dumps([1], 2) + pickle.dumps(EVIL, 2)
golden["an import behind a broken frame"] = b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\x00\x00cos\nsystem\n)R."
golden["an extension code"] = b"\x80\x02\x82\x01)R."
golden["a persistent id"] = b"\x80\x02X\x01\x00\x00\x00aQ."
golden["a buffer outside"] = pickle.dumps(pickle.PickleBuffer(b"abc"), 5, buffer_callback=lambda buffer: None)
golden["joblib"] = joblib_bytes(ARRAYS)
golden["joblib by zlib"] = joblib_bytes(ARRAYS, compress=3)
golden["joblib with system behind its arrays"] = joblib_bytes([numpy.arange(3.0), EVIL])
golden["npy of objects"] = npy(numpy.array([EVIL], dtype=object))
golden["npy of numbers"] = npy(numpy.arange(9))
golden["npz of objects"] = zipped({"a.npy": npy(numpy.arange(3)), "b.npy": npy(numpy.array([EVIL], dtype=object))})
golden["zip as torch writes it"] = zipped({"model/data.pkl": pickle.dumps(PLAIN, 2), "model/data/0": b"\0" * 64, "model/version": b"3\n"})
golden["zip with system"] = zipped({"model/data.pkl": pickle.dumps(EVIL, 2), "model/version": b"3\n"}, zipfile.ZIP_DEFLATED)
golden["zip with system under another name"] = zipped({"weights/0": pickle.dumps(EVIL, 2)})
golden["zip in a zip"] = zipped({"inner.zip": zipped({"data.pkl": pickle.dumps(EVIL, 2)})}, zipfile.ZIP_DEFLATED)
magic = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
golden["torch before zip"] = b"".join([magic, pickle.dumps(1001, 2), pickle.dumps({"little_endian": True}, 2), pickle.dumps(PLAIN, 2), pickle.dumps(["0"], 2), struct.pack("<q", 4), b"\xff" * 16])
golden["torch before zip with system"] = b"".join([magic, pickle.dumps(1001, 2), pickle.dumps({}, 2), pickle.dumps(EVIL, 2), pickle.dumps([], 2)])

json.dump({name: base64.b64encode(zlib.compress(content, 9)).decode() for name, content in golden.items()}, open(sys.argv[1], "w"), indent=1)
