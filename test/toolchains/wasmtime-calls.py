"""Calls functions of a component under wasmtime and prints what they answer, as JSON.

    python wasmtime-calls.py <component> <folder for its files> < groups.json

A group is ["alone" or "together", calls] and is answered by a list. A call is [interface or null, function,
[argument, ...]], its answer {"ok": value}, {"err": value} or {"trap": text}. Together they go to one instance, so
handles live on: they are written `#<number of the call that made it>`. Values are written as wassette-edge writes WIT values, by code of its own.
"""

import base64
import json
import math
import sys

from wasmtime import Config, Engine, Store, WasiConfig
from wasmtime import component as wit

SETTINGS = {"COLOUR": "green"}
FLOATS = {"NaN": math.nan, "inf": math.inf, "-inf": -math.inf}
INTEGERS = (wit.S8, wit.U8, wit.S16, wit.U16, wit.S32, wit.U32, wit.S64, wit.U64)
handles = {}


def is_option(type):
    return isinstance(type, wit.OptionType)


def to_wasm(type, value):
    if isinstance(type, (wit.F32, wit.F64)):
        return FLOATS[value] if isinstance(value, str) else float(value)
    if isinstance(type, INTEGERS):
        return int(value)
    if isinstance(type, wit.ListType):
        if isinstance(type.element, wit.U8):
            return base64.b64decode(value)
        return [to_wasm(type.element, item) for item in value]
    if isinstance(type, wit.RecordType):
        record = wit.Record()
        for name, field in type.fields:
            setattr(record, name, to_wasm(field, value.get(name)))
        return record
    if isinstance(type, wit.TupleType):
        return tuple(to_wasm(part, item) for part, item in zip(type.elements, value))
    if isinstance(type, wit.VariantType):
        of = dict(type.cases)[value["tag"]]
        payload = None if of is None else to_wasm(of, value.get("val"))
        return case(type, value["tag"], payload)
    if is_option(type):
        if value is None:
            return case(type, "none", None)
        inner = value["val"] if is_option(type.payload) else value
        return case(type, "some", to_wasm(type.payload, inner))
    if isinstance(type, wit.ResultType):
        (side, inner), = value.items()
        of = type.ok if side == "ok" else type.err
        return case(type, side, None if of is None else to_wasm(of, inner))
    if isinstance(type, wit.FlagsType):
        return set(value)
    if isinstance(type, (wit.OwnType, wit.BorrowType)):
        return handles[value]
    return value


def case(type, tag, payload):
    """wasmtime writes a variant without its tag where the Python types of its cases tell them apart."""
    if type._tagged():
        return wit.Variant(tag, payload)
    return payload


def from_wasm(type, value, name):
    if isinstance(type, (wit.F32, wit.F64)):
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(type, (wit.S64, wit.U64)):
        return value if abs(value) < 2**53 else str(value)
    if isinstance(type, wit.ListType):
        if isinstance(type.element, wit.U8):
            return base64.b64encode(bytes(value)).decode()
        return [from_wasm(type.element, item, name) for item in value]
    if isinstance(type, wit.RecordType):
        return {key: from_wasm(field, getattr(value, key), name) for key, field in type.fields}
    if isinstance(type, wit.TupleType):
        return [from_wasm(part, item, name) for part, item in zip(type.elements, value)]
    if isinstance(type, wit.VariantType):
        tag, payload = open_case(type, value)
        of = dict(type.cases)[tag]
        return {"tag": tag} if of is None else {"tag": tag, "val": from_wasm(of, payload, name)}
    if is_option(type):
        tag, payload = open_case(type, value)
        if tag == "none":
            return None
        inner = from_wasm(type.payload, payload, name)
        return {"tag": "some", "val": inner} if is_option(type.payload) else inner
    if isinstance(type, wit.ResultType):
        tag, payload = open_case(type, value)
        of = type.ok if tag == "ok" else type.err
        return {tag: None if of is None else from_wasm(of, payload, name)}
    if isinstance(type, wit.FlagsType):
        return [flag for flag in type.names if flag in value]
    if isinstance(type, wit.OwnType):
        handles[name] = value
        return name
    return value


def open_case(type, value):
    if isinstance(value, wit.Variant):
        return value.tag, value.payload
    for tag, of in type._cases():
        if of is None and value is None:
            return tag, None
        classes = set()
        if of is not None:
            of.add_classes(classes)
            if isinstance(value, tuple(classes)):
                return tag, value
    raise TypeError("no case fits")


def main():
    path, folder = sys.argv[1:]
    config = Config()
    config.cranelift_opt_level = "none"
    engine = Engine(config)
    linker = wit.Linker(engine)
    linker.add_wasip2()
    linker.add_wasi_http()
    with linker.root() as root, root.add_instance("wasi:config/store@0.2.0-rc.1") as kept:
        kept.add_func("get", lambda _, key: SETTINGS.get(key))
        kept.add_func("get-all", lambda _: list(SETTINGS.items()))
    loaded = wit.Component.from_file(engine, path)

    def answers(mode, calls):
        here = None
        for number, (interface, name, args) in enumerate(calls):
            if here is None or mode == "alone":
                here = instantiate(engine, linker, loaded, folder)
            yield call(*here, interface, name, args, f"#{number}")

    json.dump([list(answers(mode, calls)) for mode, calls in json.load(sys.stdin)], sys.stdout)


def instantiate(engine, linker, loaded, folder):
    store = Store(engine)
    wasi = WasiConfig()
    wasi.preopen_dir(folder, "/")
    wasi.stdout_file = "/dev/null"
    store.set_wasi(wasi)
    store.set_wasi_http()
    return store, linker.instantiate(store, loaded)


def call(store, instance, interface, name, args, handle):
    try:
        of = None if interface is None else instance.get_export_index(store, interface)
        index = instance.get_export_index(store, name, of)
        func = instance.get_func(store, index)
        type = func.type(store)
        passed = [to_wasm(of, value) for (_, of), value in zip(type.params, args)]
        result = func(store, *passed)
        if type.result is None:
            return {"ok": None}
        value = from_wasm(type.result, result, handle)
        if isinstance(type.result, wit.ResultType):
            (side, _), = value.items()
            return {side: value}
        return {"ok": value}
    except Exception as trap:
        return {"trap": str(trap)[:300]}


main()
