/*
 * The queue between chat-acceptor and chat-delivery: a ring that is smaller than what goes through it, one producer, and
 * two readers in the other process. Either process may die at any step and restart from shared memory.
 *
 * Its steps in the code:
 *   acceptor          Turns::process_line, a line at a time; the inbox holds LINES lines, as the kernel gave them
 *     redo            Publisher::redo
 *     wait_for_room   Publisher::has_room
 *     write_record    QueueProducer::prepare (padding at the ring's end) and encode
 *     commit          QueueProducer::commit
 *     apply           Sessions::apply: replace_row, then Slot::parsed
 *     store_sequence, store_checkpoint    the end of Publisher::publish
 *   delivering        Delivery::deliver_some; take_record is QueueReader::read; `fanned_out` stands for all outboxes
 *                     (their own protocol is in outbox.pml)
 *   message_log       MessageLog::write_records; one round of it is MessageRows::write, one transaction; `rows` is max(id)
 *
 * What must hold: each line becomes one record, in order; each record is applied, fanned out and logged once, in order;
 * no reader sees a record that is half written or overwritten; once no process is killed any more, everything arrives.
 */
#define LINES 4
#define CELLS 4                     /* of the ring; positions never wrap */
#define PADDING 99
#define SIZE(number) (1 + (number) % 2)   /* cells of a record: 2, 1, 2, 1, 2 */
#define AT(position) ((position) % CELLS)
#define PADDING_BEFORE(number) (AT(start) + SIZE(number) > CELLS -> CELLS - AT(start) : 0)

typedef Cell { byte number; byte line; }
typedef Row { byte changed_by; byte changes; }

/* shared memory */
Cell ring[CELLS];
byte tail, checkpoint, sequence, head, logged;
Row row[2];
bit row_index;
byte parsed;                        /* lines of the client that are processed */
byte fanned_out;                    /* the outboxes cover records up to this number */
byte rows;                          /* in the database: the highest message number */

/* what the assertions compare with; no process reads it */
byte committed;

bool kill_acceptor, kill_delivering, kill_log;

inline write_cell(position, content) {
    d_step { ring[AT(position)].number = content; ring[AT(position)].line = line }
}

inline write_record() {
    if
    :: PADDING_BEFORE(number) > 0 -> write_cell(start, PADDING)
    :: else
    fi;
    write_cell(start + PADDING_BEFORE(number), number);
    if
    :: SIZE(number) > 1 -> write_cell(start + PADDING_BEFORE(number) + 1, number)
    :: else
    fi
}

inline commit() {
    d_step {
        tail = start + PADDING_BEFORE(number) + SIZE(number);
        assert(line == committed);          /* a line is parsed once, in order */
        committed++;
        assert(number == committed)         /* numbers are assigned once */
    }
}

inline apply() {
    if
    :: row[row_index].changed_by < number ->
        d_step {
            row[1 - row_index].changed_by = number;
            row[1 - row_index].changes = row[row_index].changes + 1
        };
        d_step { row_index = 1 - row_index; assert(row[row_index].changes == number) }
    :: else
    fi;
    if
    :: parsed < line + 1 -> parsed = line + 1
    :: else
    fi
}

inline wait_for_room() {
    (start + PADDING_BEFORE(number) + SIZE(number) <= head + CELLS &&
     start + PADDING_BEFORE(number) + SIZE(number) <= logged + CELLS)
}

inline store_sequence() { sequence = number }
inline store_checkpoint() { checkpoint = tail }

/* At most one record is committed and not applied; padding lies before it. */
inline redo() {
    if
    :: checkpoint < tail ->
        d_step {
            number = ring[AT(checkpoint)].number;
            line = ring[AT(checkpoint)].line;
            if
            :: number == PADDING -> number = ring[0].number; line = ring[0].line
            :: else
            fi
        };
        apply();
        store_sequence();
        store_checkpoint()
    :: else
    fi
}

active proctype acceptor() provided (!kill_delivering && !kill_log) {
    byte number, line, start;
    do
    :: {
            redo();
            do
            :: parsed < LINES ->
                d_step { line = parsed; number = sequence + 1; start = tail };
                wait_for_room();
                write_record();
                commit();
                apply();
                store_sequence();
                store_checkpoint()
            od
        } unless { d_step { kill_acceptor -> kill_acceptor = false; number = 0; line = 0; start = 0 } }
    od
}

/* The record at `at`, cell by cell; the reader's cursor keeps it there. */
inline take_record() {
    d_step {
        number = ring[AT(at)].number;
        assert(number == PADDING || ring[AT(at)].line == number - 1)
    };
    if
    :: number != PADDING && SIZE(number) > 1 -> assert(ring[AT(at + 1)].number == number)
    :: else
    fi
}

inline pass_record() {
    if
    :: number == PADDING -> at = at + CELLS - AT(at)
    :: else -> at = at + SIZE(number)
    fi;
    number = 0
}

inline fan_out() {
    if
    :: number == PADDING || fanned_out >= number
    :: else -> d_step { assert(number == fanned_out + 1); fanned_out = number }
    fi
}

inline store_head() { d_step { pass_record(); head = at; at = 0 } }

active proctype delivering() provided (!kill_acceptor) {
    byte number, at;
    do
    :: {
            do
            :: d_step { head < tail -> at = head };
                take_record();
                fan_out();
                store_head()
            od
        } unless { d_step { kill_delivering -> kill_delivering = false; number = 0; at = 0 } }
    od
}

inline insert_row() {
    d_step {
        if
        :: number == PADDING || number <= last
        :: else -> assert(number == last + 1); last = number
        fi;
        pass_record()
    }
}

inline commit_rows() { rows = last }
inline store_logged() { d_step { logged = at; at = 0 } }

active proctype message_log() provided (!kill_acceptor && !kill_delivering) {
    byte number, at, last;
    do
    :: {
            last = rows;
            do
            :: d_step { logged < head -> at = logged };
                do
                :: at < head -> take_record(); insert_row()
                :: at > logged -> break
                od;
                commit_rows();
                store_logged()
            od
        } unless { d_step { kill_log -> kill_log = false; number = 0; at = 0; last = 0 } }
    od
}

active proctype killer() provided (!kill_acceptor && !kill_delivering && !kill_log) {
    do
    :: kill_acceptor = true;
progress_acceptor:
        skip
    :: d_step { kill_delivering = true; kill_log = true };
progress_delivery:
        skip
    :: break
    od;
    timeout;
    assert(parsed == LINES && committed == LINES && row[row_index].changes == LINES);
    assert(checkpoint == tail && head == tail && logged == tail);
    assert(fanned_out == LINES && rows == LINES)
}
