"""The rules of the fuzzers: every kept input passes. The short form adds a second of mutated inputs on the build under
test. The long form, for which CHAT_FUZZ_SECONDS is set, builds the fuzzers and runs each for that many seconds."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
RUN = HERE / "run"
SECONDS = int(os.environ.get("CHAT_FUZZ_SECONDS", "0"))
NAMES = subprocess.run([RUN, "list"], check=True, capture_output=True, text=True).stdout.split()
BUILD_LIMIT = 3600      # seconds, for the first build on a busy machine
PATIENCE = 300          # seconds beyond those asked for

pytestmark = pytest.mark.timeout(BUILD_LIMIT + PATIENCE + SECONDS)


def call(*arguments, seconds=PATIENCE):
    return subprocess.run([RUN, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=seconds)


@pytest.fixture(scope="session")
def fuzzers():
    if shutil.which("clang++") is None:
        pytest.skip("the fuzzers need clang++")
    done = call("build", seconds=BUILD_LIMIT)
    assert done.returncode == 0, done.stdout[-8000:]


def test_there_is_a_fuzzer_for_all_that_is_read():
    assert {"client_lines", "data_port", "datagrams", "irc_lines", "link_messages", "records", "queue", "segment", "segment_header", "configuration", "server_lines"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_kept_and_changed_inputs_pass(name):
    kept = list((HERE / "corpus" / name).iterdir())
    assert kept, "no kept inputs"
    done = call("replay", name, 1)
    assert done.returncode == 0 and f"{len(kept)} kept inputs and " in done.stdout, done.stdout[-8000:]


if SECONDS:
    @pytest.mark.parametrize("name", NAMES)
    def test_no_finding(fuzzers, name):
        done = call("--built", name, SECONDS, seconds=SECONDS + PATIENCE)
        assert done.returncode == 0, done.stdout[-8000:]
