"""The chat's webhooks: an HTTP POST becomes a message in a room, or to a person.

The rooms, in the order of a request: main (the command) and systemd (sockets and readiness), web (reads a request,
writes the answer), service (what is answered, and in which order a request is checked), configuration (which hooks
there are) with secret_files (their tokens), credentials (whether a request has the token), payload with alerts and
github (what a request says), lines (texts that the chat server accepts), speaker with session (the client of the chat
server that says it), journal (what operators see).
"""

VERSION = "0.2.0"  # the project's version, from CMakeLists.txt


class HookError(Exception):
    """The service cannot run. Its text is one line for the operator."""


class ConfigurationError(HookError):
    """The configuration, or a file that it needs, is wrong."""
