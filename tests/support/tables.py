"""The programs' tables, as tools/describe prints them: commands, settings, events, error codes; and the client's."""
import functools
import json
import subprocess

import builds


@functools.cache
def printed_by(program):
    path = builds.SANITIZED / "tools" / "describe" / program
    return json.loads(subprocess.run([path], capture_output=True, text=True, timeout=60, check=True).stdout)


def of_server():
    return printed_by("describe")


def of_client():
    return printed_by("describe_client")
