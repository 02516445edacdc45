"""The world `system` in Python, for componentize-py."""

import math
import os
import sys
import time
from urllib.parse import urlsplit

import wit_world
from componentize_py_types import Err
from wit_world.imports import store
from wit_world.exports.values import Shape_Circle, Shape_Polygon


class Values(wit_world.exports.Values):
    def echo(self, value):
        return value

    def echo_shapes(self, value):
        return value

    def echo_nested(self, value):
        return value

    def divide(self, dividend, divisor):
        if divisor == 0:
            raise Err("division by zero")
        quotient = abs(dividend) // abs(divisor)
        return quotient if (dividend < 0) == (divisor < 0) else -quotient

    def sorted(self, texts):
        return sorted(texts)

    def area(self, shape):
        if isinstance(shape, Shape_Circle):
            return math.pi * shape.value * shape.value
        if not isinstance(shape, Shape_Polygon):
            return 0.0
        points = shape.value
        total = 0.0
        for at, here in enumerate(points):
            there = points[(at + 1) % len(points)]
            total += here.x * there.y - there.x * here.y
        return abs(total) / 2

    def check(self, good):
        if not good:
            raise Err(None)

    def many(self, a, b, c, d, e, f, g, h, i, j, k):
        number = str(int(d)) if d == int(d) else str(d)
        parts = [a, b, c, number, e, "+".join(map(str, f)), str(g).lower(), h, i]
        return " ".join(map(str, [*parts, "none" if j is None else j, k]))


class Counters(wit_world.exports.Counters):
    def value_of(self, counter):
        return counter.value


class Clock(wit_world.exports.Clock):
    def now(self):
        return int(time.time())

    def random(self, length):
        return os.urandom(length)

    def print(self, text):
        print(text)
        sys.stdout.flush()


class Files(wit_world.exports.Files):
    def keep(self, path, text):
        try:
            with open(f"/{path}", "w", encoding="utf-8") as file:
                file.write(text)
            with open(f"/{path}", encoding="utf-8") as file:
                kept = file.read()
            return (os.path.getsize(f"/{path}"), kept.split("\n")[0])
        except OSError as error:
            raise Err(str(error)) from error


class Settings(wit_world.exports.Settings):
    def setting(self, key):
        return store.get(key)
