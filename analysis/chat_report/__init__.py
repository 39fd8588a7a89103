"""The load report of a chat server: read the log, keep running totals, summarise, draw and write them.

The rooms, in the order of the work: database (opens the log, even while daemons use it), read (what is new in it),
rollup (the sums of everything ever read), update (adds what is new to the sums), selection (a period, a client, a
room), people (which sessions are one person's), summarise (what is shown, and in which order), names and local_time
(how clients and times are written), draw with style and vector (the pictures), matrix and lists (the CSV files), page
with captions (index.html), plain (report.json, and the tables in a terminal), schedule (when the next report is due),
write (puts the files in place), main (the command) with values (what its options accept).
"""

VERSION = "0.2.0"  # the project's version, from CMakeLists.txt


class ReportError(Exception):
    """The report cannot be made. Its text is one line for the user."""
