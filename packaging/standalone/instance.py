"""Names of what belongs to one instance: the same state directory gives the same name at each start."""
import hashlib
import os


def instance_name(state):
    """Name of the instance that runs on the state directory `state`."""
    return "run-" + hashlib.sha256(os.fsencode(os.path.realpath(state))).hexdigest()[:16]


def segment_path(instance, state=None):
    """Where the shared-memory segment of an instance can be seen as a file. It has another name if a different user has
    taken this one; then a file in the state directory has it."""
    path = f"/dev/shm/chat-{instance}"
    try:
        with open(os.path.join(state, f"segment-{instance}"), encoding="ascii") as file:
            other = f"/dev/shm/chat-{file.readline().strip()}"
    except (OSError, TypeError, UnicodeDecodeError):
        return path
    return other if os.path.exists(other) else path
