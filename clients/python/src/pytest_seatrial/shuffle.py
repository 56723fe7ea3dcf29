"""The random order of `seatrial run --check-isolation`."""

import itertools
import random

import pytest


def shuffled(items, seed):
    """The tests of each file in an order that the seed decides, alike in all workers; those of a class stay together, for its fixtures' sake."""
    result = []
    for file, group in itertools.groupby(items, lambda item: item.nodeid.partition("::")[0]):
        order = random.Random("%s %s" % (seed, file))
        groups = [list(tests) for _, tests in itertools.groupby(group, lambda item: item.getparent(pytest.Class) or item)]
        order.shuffle(groups)
        for tests in groups:
            order.shuffle(tests)
            result.extend(tests)
    return result
