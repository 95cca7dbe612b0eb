"""Long work lets other threads run, and Ctrl-C stops it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

import boligspor as bs

LONG = """
import boligspor as bs
tables = bs.synth("cohort", people=3000, seed=1)
cohort = bs.Register(**tables, observed_until="2021-12-31").cohort()
print("ready", flush=True)
try:
    while True:
        cohort.costs(period="quarter", replicates=2_000)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


def test_other_threads_run_meanwhile(cohort: bs.Cohort) -> None:
    ticks = 0
    done = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    began = time.perf_counter()
    cohort.costs(period="month", first=-24, last=24, replicates=5_000)
    took = time.perf_counter() - began
    done.set()
    thread.join()
    assert ticks > 20 * took


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for a child process")
def test_ctrl_c_stops_an_analysis() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(LONG)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        # Left alone it would run for ever.
        said, _ = child.communicate(timeout=60)
        assert said == "stopped\n"
        assert child.returncode == 0
    finally:
        child.kill()


def test_analyses_may_run_in_several_threads(cohort: bs.Cohort) -> None:
    expected = cohort.retention().table()
    results: list[bool] = []
    threads = [
        threading.Thread(target=lambda: results.append(cohort.retention().table().equals(expected)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 4
