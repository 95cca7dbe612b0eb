"""The stub of the extension module says what the module has."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

import boligspor
from boligspor import _core

STUB = Path(boligspor.__file__).with_name("_core.pyi")


def stubs() -> dict[str, ast.stmt]:
    body = ast.parse(STUB.read_text(encoding="utf-8")).body
    return {n.name: n for n in body if isinstance(n, ast.ClassDef | ast.FunctionDef)}


def arguments(function: ast.FunctionDef) -> list[str]:
    args = function.args
    return [a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)]


def test_every_name_is_in_both() -> None:
    public = {n for n in dir(_core) if not n.startswith("_")}
    assert public == set(stubs())


@pytest.mark.parametrize("name", sorted(stubs()))
def test_the_arguments_are_the_same(name: str) -> None:
    stub = stubs()[name]
    runtime = getattr(_core, name)
    if isinstance(stub, ast.FunctionDef):
        assert arguments(stub) == list(inspect.signature(runtime).parameters)
        return
    assert isinstance(stub, ast.ClassDef)
    methods = {m.name: m for m in stub.body if isinstance(m, ast.FunctionDef)}
    own = {n for n in vars(runtime) if not n.startswith("__")}
    assert own == {n for n in methods if not n.startswith("__")}
    for method, said in methods.items():
        if method == "__new__":
            have = list(inspect.signature(runtime).parameters)
            assert arguments(said)[1:] == have
        elif not method.startswith("__"):
            assert arguments(said) == list(inspect.signature(vars(runtime)[method]).parameters)
