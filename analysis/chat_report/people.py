"""Groups sessions by person. A person is all sessions of an account; without accounts, all sessions that ended with the
same name, ignoring case. Sessions without an account whose name only one account has used belong to that account. A
session without a name, which the log has not stored yet, counts as a person of its own.

Works on the sums or on a selection of them, and leaves its results in temporary tables."""

from chat_report.names import LONGEST, printable, shortened
from chat_report.rollup import Rollup

MEMBERS = """
CREATE TEMP TABLE member AS
WITH known AS (SELECT s.session, s.name, a.account FROM session s LEFT JOIN {account} a USING (session)),
  named AS (SELECT lower(name) AS name, min(account) AS account FROM known WHERE account IS NOT NULL AND name IS NOT NULL
            GROUP BY 1 HAVING count(DISTINCT account) = 1)
SELECT k.session, coalesce('account ' || coalesce(k.account, n.account), 'name ' || lower(k.name), 'session ' || k.session) AS key,
  coalesce(k.account, n.account) AS account
FROM known k LEFT JOIN named n ON k.account IS NULL AND n.name = lower(k.name)"""

# The name is that of the newest session: SQLite takes bare columns from the row that has the maximum.
PEOPLE = """
CREATE TEMP TABLE person AS
WITH latest AS (SELECT m.key, m.account, s.name, max(s.session) AS newest, count(*) AS sessions, sum(s.messages) AS messages, sum(s.characters) AS characters,
                  sum(s.given) AS given, sum(s.taken) AS taken, sum(s.missed) AS missed, sum(s.missed_characters) AS missed_characters
                FROM temp.member m JOIN session s USING (session) GROUP BY m.key),
  times AS (SELECT m.key, min(s.connected_at) AS first_at, iif(sum(s.connected_at IS NOT NULL AND s.ended_at IS NULL), NULL, max(s.ended_at)) AS last_at
            FROM temp.member m JOIN session s USING (session) GROUP BY m.key),
  sent AS (SELECT m.key, sum(p.discarded) AS unsent, sum(p.lost) AS unsent_characters FROM pair p JOIN temp.member m ON m.session = p.sender GROUP BY m.key)
SELECT row_number() OVER (ORDER BY coalesce(t.first_at, 9223372036854775807), l.newest) AS person, key, l.account, l.name, l.newest, l.sessions,
  t.first_at, t.last_at, l.messages, l.characters, l.given, l.taken, l.missed, l.missed_characters,
  coalesce(s.unsent, 0) AS unsent, coalesce(s.unsent_characters, 0) AS unsent_characters,
  count(*) OVER (PARTITION BY coalesce(lower(l.name), 'session ' || l.newest)) AS namesakes
FROM latest l JOIN times t USING (key) LEFT JOIN sent s USING (key) ORDER BY 1"""

PAIRS = """
CREATE TEMP TABLE person_pair AS
SELECT s.person AS sender, r.person AS receiver, sum(p.characters) AS characters FROM pair p
JOIN temp.belongs s ON s.session = p.sender JOIN temp.belongs r ON r.session = p.receiver GROUP BY 1, 2 HAVING sum(p.characters) <> 0"""


def person_label(name: str | None, account: int | None, newest: int, namesakes: int) -> str:
    """What people call somebody: the name; two people of one name are distinguished by their accounts. newest: the
    number of the newest session; namesakes: how many people have this name, this one included."""
    if name is None:
        return f"unknown-{newest}"
    shown = shortened(printable(name)) or "(no name)"
    if namesakes > 1:
        return f"{shown} ({'no account' if account is None else f'account {account}'})"
    return shown if len(name) <= LONGEST else f"{shown} (session {newest})"


def gather_people(rollup: Rollup) -> None:
    """Makes the temporary tables member, person, belongs (session, person) and person_pair. Call it after select()."""
    run = rollup.connection.execute
    run("PRAGMA temp_store = FILE")
    if run("SELECT 1 FROM sqlite_temp_schema WHERE name = 'person'").fetchone():
        return
    run(MEMBERS.format(account="main.account" if rollup.has_table("account") else "(SELECT NULL AS session, NULL AS account)"))
    run("CREATE INDEX temp.member_key ON member (key)")
    run("CREATE INDEX temp.member_session ON member (session)")
    run(PEOPLE)
    run("CREATE INDEX temp.person_key ON person (key)")
    run("CREATE TEMP TABLE belongs (session INTEGER PRIMARY KEY, person INTEGER)")
    run("INSERT INTO temp.belongs SELECT m.session, p.person FROM temp.member m JOIN temp.person p USING (key)")
    run(PAIRS)
    run("CREATE INDEX temp.person_pair_sender ON person_pair (sender, receiver)")
