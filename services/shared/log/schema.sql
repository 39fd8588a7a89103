-- The log. Its tables and views are a contract: people, chat-report and external checks read them. Columns may be
-- added, never renamed or removed. This is the newest version: a new database is created from this file, and
-- migrations.cpp migrates an older one to it. Each table has one writer; only rows of the kind
-- skipped in the table event may come from chat-delivery too. All times are microseconds since
-- 1970-01-01 00:00:00 UTC.

CREATE TABLE IF NOT EXISTS session (      -- one row per connection that became a client; writer: chat-acceptor
  session      INTEGER PRIMARY KEY,       -- session number, unique and increasing over the life of the database
  client_id    INTEGER NOT NULL,          -- five-digit id, 10000-99999, unique among connected clients
  name         TEXT    NOT NULL,          -- the last name the client had
  peer         TEXT    NOT NULL,          -- address and port of the client: 192.0.2.7:50312 or [2001:db8::7]:50312
  connected_at INTEGER NOT NULL,          -- time of the accept
  ended_at     INTEGER,                   -- time of the departure; NULL while connected
  reason       TEXT                       -- quit, killed, lost, timeout, kicked, slow, shutdown or no-memory; NULL while connected
) STRICT;

CREATE TABLE IF NOT EXISTS event (        -- further events of connections, and operators' acts; writer: chat-acceptor
  event        INTEGER PRIMARY KEY,       -- event number, unique and increasing, from the same series as message ids
  at           INTEGER NOT NULL,          -- time of the event
  session      INTEGER,                   -- session concerned; NULL if there is none, as for a refusal
  kind         TEXT    NOT NULL,          -- refused, login, too-fast; by operators: kick, ban, unban, announce, add, remove, forget, room,
                                          -- topic, mode;
                                          -- skipped: rows of the log that could not be written, also by chat-delivery
  detail       TEXT    NOT NULL           -- peer of a refusal, name of a login, uid=N of an operator, …; never a text
) STRICT;

CREATE TABLE IF NOT EXISTS message (      -- one row per accepted message; writer: chat-delivery
  id           INTEGER PRIMARY KEY,       -- message id, as on the wire
  at           INTEGER NOT NULL,          -- time at which the message was accepted
  kind         TEXT    NOT NULL,          -- direct, room, group or broadcast
  sender       INTEGER NOT NULL,          -- session of the sender
  receiver     INTEGER,                   -- session of the receiver; only for direct messages
  channel      TEXT,                      -- name of the room or number of the group; only for room and group messages
  receivers    INTEGER NOT NULL,          -- number of clients it was addressed to
  discarded    INTEGER NOT NULL,          -- 1: a direct message never sent because its receiver had left; otherwise 0
  characters   INTEGER NOT NULL,          -- length of the text in Unicode code points
  text         TEXT,                      -- the text; NULL if texts are not kept, or it was forgotten
  sender_account INTEGER,                 -- account of the sender; NULL for a guest
  sender_name_then TEXT,                  -- sender's name at that time; NULL in rows written by 0.1
  form         TEXT,                      -- action or notice; NULL for an ordinary message
  receiver_account INTEGER                -- account of the receiver of a direct message; NULL for a guest
) STRICT;

CREATE TABLE IF NOT EXISTS topic (        -- one row per topic of a room that was set or cleared; writer: chat-delivery
  id           INTEGER PRIMARY KEY,       -- number, from the same series as message ids
  at           INTEGER NOT NULL,          -- time at which it was set
  room         TEXT    NOT NULL COLLATE NOCASE,
  session      INTEGER,                   -- session that set it; NULL: an operator of the server
  name         TEXT    NOT NULL,          -- its name at that time
  proven       INTEGER NOT NULL,          -- 1: the name was that of its account; 0: of a guest
  text         TEXT                       -- empty: it was cleared; NULL if texts are not kept, or it was forgotten
) STRICT;

CREATE INDEX IF NOT EXISTS topic_of_room ON topic (room, id);

CREATE TABLE IF NOT EXISTS room (         -- settings of rooms that operators have made; writer: chat-acceptor
  name         TEXT    PRIMARY KEY COLLATE NOCASE,
  history      TEXT,                      -- on: kept when the room is empty; off: not shown; NULL: as of all rooms
  since        INTEGER NOT NULL,          -- while it is on: it begins with this message id
  keep_days    INTEGER                    -- days that the room's messages are kept; NULL: as long as all messages
) STRICT;

CREATE TABLE IF NOT EXISTS place (        -- one row per room or conversation with an index; writer: chat-delivery
  place        INTEGER PRIMARY KEY,
  kind         TEXT    NOT NULL,          -- room, talk or guest
  name         TEXT    NOT NULL,          -- of the room, in lower case; or the two accounts, the lower one first: 7:12;
                                          -- or the account and the name of the guest, in lower case: 7:batman
  UNIQUE (kind, name)
) STRICT;

CREATE TABLE IF NOT EXISTS correspondent ( -- with whom accounts have conversations in the index; writer: chat-delivery
  account      INTEGER NOT NULL,
  other        INTEGER NOT NULL,          -- the other account
  PRIMARY KEY (account, other)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS history (      -- the index: ids of a place's messages in blocks; writer: chat-delivery
  place        INTEGER NOT NULL,
  first        INTEGER NOT NULL,          -- lowest id of the block
  last         INTEGER NOT NULL,          -- highest id
  ids          BLOB    NOT NULL,          -- the ids after the first, each as its distance from the one before it:
                                          -- 7 bits a byte, lowest first, 128 added to all but the last byte
  PRIMARY KEY (place, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS history_state ( -- one row per word; writer: chat-delivery
  key          TEXT PRIMARY KEY,          -- begin: messages up to this id are older than release 0.2, and never shown
                                          -- indexed: messages up to this id are in the index
                                          -- id: of this log, a random number; a part of message ids in IRC. chat-acceptor
                                          -- writes it when it creates the shared memory, if it is missing
  value        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO history_state SELECT 'begin', coalesce(max(id), 0) FROM message;
INSERT OR IGNORE INTO history_state SELECT 'indexed', value FROM history_state WHERE key = 'begin';
INSERT OR IGNORE INTO correspondent SELECT CAST(name AS INTEGER), CAST(substr(name, instr(name, ':') + 1) AS INTEGER)
FROM place WHERE kind = 'talk';
INSERT OR IGNORE INTO correspondent SELECT other, account FROM correspondent;

CREATE TABLE IF NOT EXISTS kept (         -- messages that wait for the next login of an account; writer: chat-delivery
  message      INTEGER PRIMARY KEY,       -- message id
  account      INTEGER NOT NULL,          -- account of the receiver
  since        INTEGER NOT NULL,          -- number of the record by which it was kept: its own, or that of the end of
                                          -- the session that did not receive it
  at           INTEGER NOT NULL,          -- time at which the message was accepted
  sender       INTEGER NOT NULL,          -- session of the sender
  sender_id    INTEGER NOT NULL,          -- client id of the sender
  sender_name  TEXT    NOT NULL,          -- sender's name at that time
  sender_account INTEGER,                 -- account of the sender; NULL for a guest
  form         TEXT,                      -- action or notice; NULL for an ordinary message
  text         TEXT    NOT NULL           -- the text, whatever is kept of messages otherwise
) STRICT;

CREATE INDEX IF NOT EXISTS kept_of_account ON kept (account, message);

CREATE TABLE IF NOT EXISTS seen (         -- how far accounts have read, place by place; writer: chat-acceptor
  account      INTEGER NOT NULL,
  place        TEXT    NOT NULL,          -- room:NAME in lower case, or the number of the other account: talk:12
  message      INTEGER NOT NULL,          -- message id
  PRIMARY KEY (account, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS read_until (   -- the same as times, which IRC clients set (MARKREAD); writer: chat-acceptor
  reader       INTEGER NOT NULL,          -- account; of a guest minus its session, until that ends
  place        TEXT    NOT NULL,          -- as in seen, or the name of a guest in lower case
  at           INTEGER NOT NULL,
  PRIMARY KEY (reader, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS receipt (      -- one row per receiver of a group message; writer: chat-delivery
  message      INTEGER NOT NULL,          -- message id
  receiver     INTEGER NOT NULL,          -- session of the receiver
  outcome      TEXT    NOT NULL,          -- delivered or discarded
  PRIMARY KEY (message, receiver)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS late_discard ( -- a delivery given up after its row was written; writer: chat-delivery
  number       INTEGER PRIMARY KEY,       -- increasing, so that running totals can be corrected
  message      INTEGER NOT NULL,          -- message id
  receiver     INTEGER NOT NULL           -- session of the receiver; 0 if unknown
) STRICT;

CREATE TRIGGER IF NOT EXISTS message_discarded_late AFTER UPDATE OF discarded ON message
WHEN new.discarded = 1 AND old.discarded = 0
BEGIN INSERT INTO late_discard (message, receiver) VALUES (new.id, coalesce(new.receiver, 0)); END;

CREATE TRIGGER IF NOT EXISTS receipt_discarded_late AFTER UPDATE OF outcome ON receipt
WHEN new.outcome = 'discarded' AND old.outcome = 'delivered'
BEGIN INSERT INTO late_discard (message, receiver) VALUES (new.message, new.receiver); END;

CREATE TABLE IF NOT EXISTS log_lag (      -- one row per hour in which a message was logged; writer: chat-delivery
  hour         INTEGER PRIMARY KEY,       -- full hours since 1970-01-01 00:00:00 UTC
  longest      INTEGER NOT NULL,          -- longest time from accepting a message to its row, in microseconds
  messages     INTEGER NOT NULL           -- message rows written in that hour
) STRICT;

CREATE TABLE IF NOT EXISTS file (         -- one row per file that a client was allowed to send; writer: chat-delivery
  id           INTEGER PRIMARY KEY,       -- file id, as on the wire, from the same series as message ids
  at           INTEGER NOT NULL,          -- time at which the sender got its ticket
  kind         TEXT    NOT NULL,          -- direct, room or group
  sender       INTEGER NOT NULL,          -- session of the sender
  receiver     INTEGER,                   -- session of the receiver; only for direct files
  channel      TEXT,                      -- name of the room or number of the group
  name         TEXT,                      -- the file's name; NULL if texts are not kept, or it was forgotten
  size         INTEGER NOT NULL,          -- bytes
  sha256       TEXT    NOT NULL,          -- as stated by the sender, 64 hexadecimal digits
  receivers    INTEGER,                   -- number of clients it was offered to; NULL before that
  stored_at    INTEGER,                   -- time at which it was complete and offered; NULL before that
  ended_at     INTEGER,                   -- time at which the server finished with it; NULL before that
  outcome      TEXT                       -- delivered (someone has it: see file_receipt), gone (all left without it,
                                          -- or there was no receiver), lapsed (its ticket did, or nobody fetched it),
                                          -- declined (by the last receiver, and nobody has it),
                                          -- expired (kept no longer, or too many receivers), shutdown (the service
                                          -- ended first), sender-gone, hash-mismatch, bad-size or no-space (not
                                          -- stored); NULL before the end
) STRICT;

CREATE TABLE IF NOT EXISTS file_receipt ( -- one row per receiver of an offered file; writer: chat-delivery
  file         INTEGER NOT NULL,          -- file id
  receiver     INTEGER NOT NULL,          -- session of the receiver
  offered_at   INTEGER NOT NULL,          -- time at which the receiver got its ticket
  ended_at     INTEGER,                   -- time of the outcome; NULL before that
  outcome      TEXT,                      -- delivered, declined, gone (left without it), lapsed (did not fetch it),
                                          -- expired (kept no longer) or shutdown (the service ended first); NULL before that
  PRIMARY KEY (file, receiver)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS forget (       -- one row per request to remove a person's texts; writer: chat-delivery
  number       INTEGER PRIMARY KEY,       -- number of the request and of its row in event; it covers earlier texts
  at           INTEGER NOT NULL,          -- time of the request
  operator     INTEGER NOT NULL,          -- user id of the operator
  client       TEXT    NOT NULL,          -- name or id, as the operator gave it
  session      INTEGER,                   -- the session meant; NULL: all that have had the name or the id
  sessions     INTEGER NOT NULL DEFAULT 0, -- sessions found
  messages     INTEGER NOT NULL DEFAULT 0, -- message texts removed
  files        INTEGER NOT NULL DEFAULT 0, -- file names removed
  ended_at     INTEGER,                   -- time at which the last byte was erased; NULL before that
  outcome      TEXT                       -- removed, unknown or ambiguous; NULL before the end
) STRICT;

CREATE TABLE IF NOT EXISTS forget_session ( -- sessions of a pending request; writer: chat-delivery
  number       INTEGER NOT NULL,          -- number of the request
  session      INTEGER NOT NULL,
  PRIMARY KEY (number, session)
) STRICT, WITHOUT ROWID;

CREATE VIEW IF NOT EXISTS file_log AS     -- files for people: one row per receiver, or one if there was none
SELECT f.id           AS id,
       f.at           AS at,
       f.kind         AS kind,
       f.sender       AS sender_session,
       s.client_id    AS sender_id,
       s.name         AS sender_name,
       coalesce(p.receiver, f.receiver) AS receiver_session,
       r.client_id    AS receiver_id,
       r.name         AS receiver_name,
       CASE f.kind WHEN 'direct' THEN CAST(r.client_id AS TEXT) ELSE f.kind || ':' || f.channel END AS target,
       f.name         AS name,
       f.size         AS size,
       f.sha256       AS sha256,
       coalesce(p.outcome, f.outcome)   AS outcome,
       f.stored_at - f.at               AS upload_time,             -- microseconds from the ticket to the stored file
       p.ended_at - p.offered_at        AS download_time            -- microseconds from the offer to the outcome
FROM file f
LEFT JOIN file_receipt p ON p.file = f.id
LEFT JOIN session s ON s.session = f.sender
LEFT JOIN session r ON r.session = coalesce(p.receiver, f.receiver);

CREATE VIEW IF NOT EXISTS message_log AS  -- the log for people: every message with names and ids
SELECT m.id           AS id,
       m.at           AS at,
       m.kind         AS kind,
       m.sender       AS sender_session,
       s.client_id    AS sender_id,
       s.name         AS sender_name,
       m.receiver     AS receiver_session,
       r.client_id    AS receiver_id,
       r.name         AS receiver_name,
       CASE m.kind WHEN 'direct' THEN coalesce(CAST(r.client_id AS TEXT), 'account:' || m.receiver_account)
                   WHEN 'broadcast' THEN 'all'
                   ELSE m.kind || ':' || m.channel END AS target,   -- as on the wire: an id, all, room:NAME, group:GID;
                                                                    -- account:N if its session is not known
       m.receivers    AS receivers,
       m.discarded    AS discarded,
       m.characters   AS characters,
       length(CAST(m.text AS BLOB)) AS bytes,                       -- length of the text in UTF-8; NULL if not kept
       m.text         AS text,
       strftime('%Y-%m-%dT%H:%M:%S', max(0, min(m.at / 1000000, 253402300799)), 'unixepoch')
         || printf('.%03dZ', max(0, m.at) % 1000000 / 1000) AS time,  -- `at` as on the wire: RFC 3339, UTC, milliseconds
       m.sender_account   AS sender_account,
       m.sender_name_then AS sender_name_then,
       m.form             AS form
FROM message m
LEFT JOIN session s ON s.session = m.sender
LEFT JOIN session r ON r.session = m.receiver;
