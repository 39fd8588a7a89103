"""The packages for arm64, which are cross-built: an emulated machine boots with them, and the server in it serves."""
import os
import shutil
from pathlib import Path

import pytest
from emulated_machine import EmulatedMachine, why_not
from repository import MISSING, SUITE, signed_repository

HERE = Path(__file__).parent
IN_IT = [HERE.parent / "support" / name for name in ("chat_client.py", "deadline.py", "wire.py")] + [HERE / "emulated" / "check.py"]


@pytest.fixture
def machine_of_arm64(tmp_path):
    """Made only for `./dev test --all`, which builds these packages."""
    if not (packages := os.environ.get("CHAT_PACKAGES_ARM64")):
        pytest.skip("only with --all")
    if reason := f"not installed: {', '.join(MISSING)}" if MISSING else why_not("arm64"):
        pytest.skip(reason)
    machine = EmulatedMachine("arm64", tmp_path)
    with signed_repository(tmp_path / "key", Path(packages), tmp_path / "apt") as repository:
        if reason := machine.install(SUITE, repository, ["chat-server", "chat-client"]):
            pytest.skip(reason)
    (machine.root / "check").mkdir()
    for file in IN_IT:
        shutil.copy(file, machine.root / "check")
    shutil.copy(HERE / "emulated" / "check.service", machine.root / "etc" / "systemd" / "system")
    return machine


@pytest.mark.requirement("N20")
def test_the_server_runs_on_arm64(machine_of_arm64):
    console = machine_of_arm64.run("check.service", 20 * 60)
    assert "machine: aarch64" in console and "all passed" in console, console
