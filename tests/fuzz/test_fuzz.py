"""The fuzzers: every kept input passes. With CHAT_FUZZ_SECONDS set, each also looks for new ones for that long."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
RUN = HERE / "run"
SECONDS = int(os.environ.get("CHAT_FUZZ_SECONDS", "0"))
NAMES = subprocess.run([RUN, "list"], check=True, capture_output=True, text=True).stdout.split()
BUILD_LIMIT = 1200      # seconds, for the first build on a busy machine

pytestmark = [pytest.mark.skipif(shutil.which("clang++") is None, reason="the fuzzers need clang++"), pytest.mark.timeout(BUILD_LIMIT + SECONDS)]


def call(*arguments, seconds):
    return subprocess.run([RUN, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=BUILD_LIMIT + seconds)


def test_there_is_a_fuzzer_for_all_that_is_read():
    assert {"client_lines", "data_port", "datagrams", "link_messages", "records", "queue", "segment", "segment_header", "configuration", "server_lines"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_kept_inputs_pass(name):
    kept = sorted((HERE / "corpus" / name).iterdir())
    assert kept, "no kept inputs"
    done = call(name, *kept, seconds=60)
    assert done.returncode == 0 and done.stdout.count("Executed ") == len(kept), done.stdout[-4000:]


@pytest.mark.skipif(SECONDS == 0, reason="CHAT_FUZZ_SECONDS is not set")
@pytest.mark.parametrize("name", NAMES)
def test_no_finding(name):
    done = call(name, SECONDS, seconds=SECONDS + 120)
    assert done.returncode == 0, done.stdout[-8000:]
