"""What the log says about the sessions of clients."""


def have_ended(query, ids):
    """Whether a session of each of these clients has ended in the log, and no session lacks its end. Rows are written
    later than things happen, so the second alone would also hold before the session is in the log. `query` returns the
    rows of a statement."""
    [[unended]] = query("SELECT count(*) FROM session WHERE ended_at IS NULL")
    return unended == 0 and {int(client) for client in ids} <= {client for [client] in query("SELECT DISTINCT client_id FROM session")}
