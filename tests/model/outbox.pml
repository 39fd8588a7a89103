/*
 * An outbox of chat-delivery: records become bytes in a ring, and bytes go to a socket that takes as many as it likes.
 * Delivery may die at any step; its successor repeats the fan-out of the record at `head` and resumes from what is
 * committed and from what the kernel says was written.
 *
 * A sender writes direct messages to a receiver that has just been assigned a slot that another client left. All records
 * are committed from the start (queue.pml models that). Only the commit word of the sender's outbox is modelled.
 *
 * Its steps in the code:
 *   delivering        Delivery::run, deliver_some; fan_out is FanOut::deliver
 *     begin           Outboxes::begin
 *     append          Outboxes::append: has_it_already, is_discarded, start_again (base = tail where all is written,
 *                     and the ledger's count is 0), write_lines, write_entry, write_end, commit_lines
 *     give_up_from    Outboxes::give_up_from: note_from_where, note_why, shut_down
 *     tell_sender     the sender's own line, last in FanOut::deliver
 *     attach          Outboxes::attach: take_position (`taken` is written_position(), which the kernel keeps),
 *                     end_if_given_up
 *     write_out       Outboxes::write_out, one sendmsg: send, store_written
 *     rest            Outboxes::rest
 *   message_log       MessageRows: was_discarded, when the row of a direct message is written
 *   check_ledger      unsent_messages, whenever delivery dies
 *
 * What must hold: the client receives the lines of each record once, in order, and every byte as it was written; a
 * sender is notified once of the outcome of its message, and the log agrees; a client that is given up is disconnected,
 * and no client without a reason. At any time the ledger shows which committed messages have no byte written.
 */
#ifndef RECORDS
#define RECORDS 4                   /* 1: the receiver is connected; the others: a direct message to it each */
#endif
#define RING 3                      /* bytes of the outbox */
#define LEDGER 2                    /* entries of its ledger */
#define COPY which
#define IDLE (1 - which)
#define EARLIER 1                   /* generation of the client that had the slot before */
#define NOW 2

/* The lines of a record as bytes, and the place of each byte in the whole stream. */
#define LENGTH(number) ((number) % 2 -> 1 : 2)
#define BYTE(number, i) (4 * (number) + (i))
#define PLACE_OF_RECORD(number) ((number) == 1 -> 0 : ((number) == 2 -> 1 : (number)))
#define PLACE(content) (PLACE_OF_RECORD((content) / 4) + (content) % 4)
#define PLACE_OF_ENTRY(index) ((index) % LEDGER)
#define OFFSET(position, base) (((position) + RING - (base)) % RING)

/* shared memory */
byte head = 1;
byte covered = 1;                   /* with `which` one word, outbox_commit: records below this are in the outbox */
bit which;
byte tail[2], base[2], generation[2], entries[2];
byte ledger_begin[LEDGER], ledger_number[LEDGER];
byte written;
byte gave_up_at, gave_up_for;
byte ring[RING];
byte sender_covered = 2;

/* the kernel */
byte taken;                         /* bytes of the stream that the socket took */
bool ended;                         /* shutdown(): the peer sees the end */

/* what the assertions compare with */
bool got[RECORDS + 1];              /* the receiver's outbox has the lines of the record */
byte logged = 2;

bool kill_delivering, kill_log;

inline note_from_where(first) { gave_up_at = first }
inline note_why() { gave_up_for = NOW }
inline shut_down() { ended = true }
inline give_up_from(first) {
    note_from_where(first);
    note_why();
    if
    :: attached -> shut_down()
    :: else
    fi
}

inline send() {
    d_step {
        /* the kernel gets the next byte of the stream, and the right one */
        assert(generation[COPY] == NOW);
        assert(PLACE(ring[OFFSET(at, base[COPY])]) == taken);
        taken++;
        at++
    }
}
inline store_written() { d_step { written = at; at = 0 } }

#define SERVES (attached && generation[COPY] == NOW && gave_up_for != NOW)
#define CAN_WRITE (SERVES && written < tail[COPY])

/* One sendmsg; it takes some of the bytes, or finds that the connection is dead. */
inline write_out() {
    if
    :: at = written;
        send();
        if
        :: at < tail[COPY] -> send()
        :: true
        fi;
        store_written()
    :: give_up_from(covered)
    fi
}

inline write_byte(i) { ring[OFFSET(end + i, start)] = BYTE(number, i) }
inline write_lines() {
    write_byte(0);
    if
    :: LENGTH(number) == 2 -> write_byte(1)
    :: else
    fi
}
inline write_entry() {
    ledger_begin[PLACE_OF_ENTRY(count)] = end;
    d_step { ledger_number[PLACE_OF_ENTRY(count)] = number; count++ }
}
inline write_end() {
    tail[IDLE] = end + LENGTH(number);
    d_step { base[IDLE] = start; generation[IDLE] = NOW; entries[IDLE] = count }
}
inline commit_lines() {
    d_step {
        covered = number + 1;
        which = 1 - which;
        assert(!got[number] && (number == 1 || sender_covered <= number));
        got[number] = true
    }
}

inline begin() {
    if
    :: covered > number
    :: else ->
        written = 0;
        note_from_where(0);
        count = 0;
        write_byte(0);
        write_end();
        commit_lines()
    fi
}

#define HAS_IT_ALREADY (covered > number)
#define IS_DISCARDED (gave_up_for == NOW)
#define IS_RING_FULL (tail[COPY] - written + LENGTH(number) > RING)
#define OLDEST ledger_begin[PLACE_OF_ENTRY(entries[COPY])]
#define NEXT_OLDEST ledger_begin[PLACE_OF_ENTRY(entries[COPY] + 1)]
#define IS_LEDGER_FULL (entries[COPY] >= LEDGER && OLDEST >= written && OLDEST <= NEXT_OLDEST)
#define IS_TOO_MUCH (IS_RING_FULL || IS_LEDGER_FULL)

inline start_again() {
    d_step {
        end = tail[COPY];
        start = (written == end -> end : base[COPY]);
        count = (written == end -> 0 : entries[COPY])
    }
}

#define IS_UNSENT(number) (got[number] && PLACE_OF_RECORD(number) >= written)
/* From the newest entry back to the first line of which a byte was written, in one step. */
inline check_ledger() {
    if
    :: generation[COPY] == NOW ->
        at = entries[COPY]; end = tail[COPY]; start = LEDGER; number = RECORDS;
        do
        :: at > 0 && start > 0 && written < tail[COPY] && ledger_begin[PLACE_OF_ENTRY(at - 1)] >= written &&
           ledger_begin[PLACE_OF_ENTRY(at - 1)] < end ->
            at--; start--;
            do
            :: number > 1 && !got[number] -> number--
            :: else -> break
            od;
            assert(number > 1 && ledger_number[PLACE_OF_ENTRY(at)] == number);
            end = ledger_begin[PLACE_OF_ENTRY(at)];
            assert(end == PLACE_OF_RECORD(number));
            number--
        :: else -> break
        od;
        do
        :: number > 1 -> assert(!IS_UNSENT(number)); number--
        :: else -> break
        od
    :: else
    fi;
    at = 0; end = 0; start = 0; number = 0
}

/* `gone` becomes true if the lines are discarded */
inline append() {
    if
    :: HAS_IT_ALREADY
    :: else ->
        if
        :: CAN_WRITE && IS_TOO_MUCH -> write_out()
        :: else
        fi;
        if
        :: IS_DISCARDED -> gone = true
        :: !IS_DISCARDED && IS_TOO_MUCH ->
            assert(IS_RING_FULL || IS_UNSENT(number - 1) && IS_UNSENT(number - 2));
            give_up_from(number);
            gone = true
        :: else ->
            start_again();
            write_lines();
            write_entry();
            write_end();
            commit_lines()
        fi
    fi
}

inline tell_sender() {
    if
    :: sender_covered > number
    :: else ->
        d_step {
            assert(sender_covered == number);
            assert(gone == !got[number]);
            sender_covered = number + 1
        }
    fi
}

inline fan_out() {
    if
    :: number == 1 -> begin()
    :: else -> append(); tell_sender()
    fi
}

inline store_head() { d_step { head = number + 1; number = 0; gone = false; end = 0; start = 0; count = 0 } }

inline take_position() {
    if
    :: generation[COPY] != NOW      /* its first record is still to come */
    :: else ->
        d_step {
            assert(taken >= written && taken <= tail[COPY]);
            written = taken
        }
    fi
}
inline end_if_given_up() {
    if
    :: gave_up_for == NOW -> shut_down()
    :: else
    fi
}
inline attach() {
    attached = true;
    take_position();
    end_if_given_up()
}

#define HAS_MEMORY (ring[0] + ring[1] + ring[2] > 0)
#define CAN_REST (SERVES && written == tail[COPY] && HAS_MEMORY)
inline release_idle_memory() { d_step { ring[0] = 0; ring[1] = 0; ring[2] = 0; ledger_begin[0] = 0; ledger_begin[1] = 0 } }

proctype delivering() {
    byte number, at, end, start, count;
    bool gone, attached;
    do
    :: {
            do
            :: head <= RECORDS -> number = head; fan_out(); store_head()
            :: !attached -> attach()
            :: CAN_WRITE -> write_out()
            :: CAN_REST -> release_idle_memory()
            od
        } unless {
            d_step {
                kill_delivering -> kill_delivering = false;
                check_ledger();
                gone = false; attached = false; count = 0
            }
        }
    od
}

proctype message_log() provided (!kill_delivering) {
    bool discarded;
    do
    :: {
            do
            :: logged < head ->
                discarded = (gave_up_for == NOW);
                discarded = (discarded && logged >= gave_up_at);
                d_step { assert(discarded == !got[logged]); discarded = false; logged++ }
            od
        } unless { d_step { kill_log -> kill_log = false; discarded = false } }
    od
}

proctype killer() provided (!kill_delivering && !kill_log) {
    do
    :: d_step { kill_delivering = true; kill_log = true };
progress_delivery:
        skip
    :: break
    od;
    timeout;
    assert(head == RECORDS + 1 && logged == RECORDS + 1 && sender_covered == RECORDS + 1);
    assert(gave_up_for == NOW || (covered == RECORDS + 1 && taken == tail[COPY]));
    assert(ended == (gave_up_for == NOW))
}

/* The earlier client of the slot was given up with a byte unsent. */
init {
    atomic {
        tail[0] = 5; base[0] = 2; generation[0] = EARLIER; written = 4; gave_up_at = 1; gave_up_for = EARLIER;
        run delivering();
        run message_log();
        run killer()
    }
}
