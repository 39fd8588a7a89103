"""Names of what belongs to one instance: the same state directory gives the same name at each start."""
import hashlib
import os


def instance_name(state):
    """Name of the instance that runs on the state directory `state`."""
    return "run-" + hashlib.sha256(os.fsencode(os.path.realpath(state))).hexdigest()[:16]


def segment_path(instance):
    """Where the shared-memory segment of an instance can be seen as a file."""
    return f"/dev/shm/chat-{instance}"
