"""Every selection of packages asks for the same polars, so that it is compiled once."""

from __future__ import annotations

import functools
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not installed")


@functools.cache
def features(*selection: str) -> frozenset[str]:
    """List the packages of a selection with their features, as cargo resolves them."""
    cargo = shutil.which("cargo")
    assert cargo is not None
    done = subprocess.run(
        [cargo, "tree", "--locked", "--prefix=none", "--format={p} [{f}]", *selection],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"cargo cannot resolve the workspace here: {done.stderr.splitlines()[-1]}")
    return frozenset(line.removesuffix(" (*)") for line in done.stdout.splitlines() if line)


def beneath_polars() -> frozenset[str]:
    """Name polars and all that it is made of."""
    return frozenset(line.partition(" ")[0] for line in features("--package=polars"))


@pytest.mark.parametrize(
    "package", ["boligspor", "boligspor-cli", "boligspor-python", "boligspor-synth"]
)
@pytest.mark.parametrize("edges", ["normal,build", "normal,build,dev"])
def test_a_package_alone_asks_for_what_all_ask_for(package: str, edges: str) -> None:
    whole = features("--workspace", "--edges=normal,build,dev")
    alone = features(f"--package={package}", f"--edges={edges}")
    concerned = beneath_polars()
    assert "polars-core" in concerned
    other = {line for line in alone - whole if line.partition(" ")[0] in concerned}
    assert not other, "these would be compiled again, and polars with them"


def test_running_asks_for_what_testing_asks_for() -> None:
    running = features("--workspace", "--edges=normal,build")
    assert running <= features("--workspace", "--edges=normal,build,dev")
