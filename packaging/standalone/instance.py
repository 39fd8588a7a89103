"""Names what belongs to one instance: a state directory has the same name at each start."""
import hashlib
import os


def instance_name(state):
    """The name of the instance that runs on the state directory `state`."""
    return "run-" + hashlib.sha256(os.fsencode(os.path.realpath(state))).hexdigest()[:16]


def segment_path(instance):
    """The path at which an instance's shared-memory segment appears as a file."""
    return f"/dev/shm/chat-{instance}"
