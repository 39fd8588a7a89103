"""The load report of a chat server: read the log, summarise it, draw it, write it.

The rooms: database (opens the log, whoever else has it open), read (sums made by SQLite), summarise (what is shown, and
in which order), draw (the two pictures), matrix (traffic.csv), page (index.html), write (puts the files in place).
"""

VERSION = "0.1.0"  # that of the project, in CMakeLists.txt


class ReportError(Exception):
    """The report cannot be made. Its text is one line for the person who asked for it."""
