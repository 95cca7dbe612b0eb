"""Every example in the documentation runs and shows what it says."""

import doctest
import importlib
import pkgutil

import pytest

import boligspor

MODULES = [
    name
    for _, name, _ in pkgutil.walk_packages(boligspor.__path__, "boligspor.")
    if name != "boligspor._core"
]


@pytest.mark.parametrize("name", ["boligspor", *MODULES])
def test_the_examples_run(name: str) -> None:
    module = importlib.import_module(name)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed, _ = doctest.testmod(module, optionflags=flags, verbose=False)
    assert failed == 0
