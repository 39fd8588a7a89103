"""The fuzzers: every kept input passes, and each looks for new ones for a second, or CHAT_FUZZ_SECONDS of them; 0 leaves that out."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
RUN = HERE / "run"
SECONDS = int(os.environ.get("CHAT_FUZZ_SECONDS", "1"))
NAMES = subprocess.run([RUN, "list"], check=True, capture_output=True, text=True).stdout.split()
BUILD_LIMIT = 3600      # seconds, for the first build on a busy machine
PATIENCE = 300          # seconds beyond those asked for

pytestmark = [pytest.mark.skipif(shutil.which("clang++") is None, reason="the fuzzers need clang++"), pytest.mark.timeout(BUILD_LIMIT + PATIENCE + SECONDS)]


def call(*arguments, seconds):
    return subprocess.run([RUN, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=seconds)


@pytest.fixture(scope="session")
def built():
    done = call("build", seconds=BUILD_LIMIT)
    assert done.returncode == 0, done.stdout[-8000:]


def test_there_is_a_fuzzer_for_all_that_is_read():
    assert {"client_lines", "data_port", "datagrams", "link_messages", "records", "queue", "segment", "segment_header", "configuration", "server_lines"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_kept_inputs_pass(built, name):
    kept = sorted((HERE / "corpus" / name).iterdir())
    assert kept, "no kept inputs"
    done = call("--built", name, *kept, seconds=PATIENCE)
    assert done.returncode == 0 and done.stdout.count("Executed ") == len(kept), done.stdout[-4000:]


@pytest.mark.parametrize("name", NAMES if SECONDS else [])
def test_no_finding(built, name):
    done = call("--built", name, SECONDS, seconds=SECONDS + PATIENCE)
    assert done.returncode == 0, done.stdout[-8000:]
