"""The resource of the interface `counters`: componentize-py looks for it in a module of that name."""

import wit_world.exports.counters


class Counter(wit_world.exports.counters.Counter):
    def __init__(self, start):
        self.value = start

    def add(self, amount):
        self.value += amount
        return self.value

    @classmethod
    def merge(cls, one, other):
        return Counter(one.value + other.value)
