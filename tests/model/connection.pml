/*
 * The life of connections: several clients, one after the other, through one slot. Either daemon may die at any step;
 * a socket lives as long as the service manager, a daemon or a message on the link holds it.
 *
 * Its steps in the code:
 *   acceptor          redo: Publisher::redo; recover: Acceptor::recover
 *     admit           Acceptor::admit: finish an earlier entry, store, attach, publish "connected"
 *     leave           Acceptor::leave and after_departure
 *     finish_ended    Acceptor::finish_the_ended and finish
 *     connect_link    DeliveryLink::connect and Acceptor::on_link_connected
 *     take_answer, answer_want    Acceptor::on_link_message
 *     publish         Publisher::publish; apply is Sessions::apply; IS_FREE is Sessions::is_free_slot
 *   delivering        note_departed: Delivery::recover
 *     accept_link     AcceptorLink::serve and Delivery::want_missing_sockets
 *     take_message    AcceptorLink::handle: on_attach (Outboxes::attach), on_gone
 *     deliver         Delivery::deliver
 *     write_out       Outboxes::write_out
 *     end_departed    Delivery::end_the_departed, Outboxes::end: store_ended, shut_down
 *   message_log       MessageLog::Writer::write; of a direct message it looks at the receiver's slot (was_discarded),
 *                     of a closing record at what is unsent there
 * An outbox is one line here, a direct message that may stay unsent (outbox.pml has the bytes).
 *
 * What must hold: a connection becomes a client once at most, departs once, and ends; a socket that a client still uses
 * is not ended; what stays unsent is told once; no slot goes to another client while delivery or the log still looks at
 * it; when nobody dies any more, every connection is ended and the slot is free.
 */
#define SOCKETS 2
#define MOST_RECORDS 6
#ifndef DEATHS
#define DEATHS 2                    /* of either daemon, in one run */
#endif
#ifndef STORE
#define STORE true                  /* the service manager's store has room for sockets */
#endif
#define NONE 0
mtype = { unused, connected, departed, closed, attach, gone }

typedef Record { mtype kind; byte generation; byte socket; bool broken; }

/* shared memory */
Record record[MOST_RECORDS];
byte tail, checkpoint, head, logged;
mtype row_state = unused;
byte row_generation, row_socket, row_end, changed_by;
byte outbox_generation, covered;
bool unsent;
byte gave_up_for, ended_for;
bool ended_unsent;
byte sender_covered;

/* the sockets that a process holds: gone with it */
byte newcomer;                                      /* acceptor: accepted, not yet a client */
byte entry, entry_socket;                           /* acceptor: generation and socket of the slot's connection */
bool entry_left;
byte acceptor_missing;
byte delivery_client, delivery_socket;              /* delivery: generation and socket of the slot's outbox */

/* the kernel, the link and the service manager */
byte accepted;
bool stored[SOCKETS + 1], half_closed[SOCKETS + 1], dead[SOCKETS + 1];
byte link;                                          /* 0 none, 1 connected, 2 accepted too */
mtype to_delivery, to_acceptor;
byte to_delivery_client, to_delivery_socket, to_acceptor_client, to_acceptor_socket;
byte delivery_wants, acceptor_wants;

/* what the assertions compare with */
bool was_client[SOCKETS + 1], has_left[SOCKETS + 1];
byte socket_of[SOCKETS + 1];
bool to_be_told[SOCKETS + 1], told[SOCKETS + 1];

bool kill_acceptor, kill_delivering;
byte deaths;

#define IS_FREE (row_state == unused || (row_state != connected && ended_for == row_generation && \
                 (!ended_unsent || row_state == closed) && head >= row_end && logged >= row_end))
#define HAS_LEFT (row_state == departed || row_state == closed)
#define IS_ATTACHED(generation) (delivery_socket != NONE && delivery_client == generation)
#define IS_HELD(s) (stored[s] || newcomer == s || entry_socket == s || delivery_socket == s || \
                    to_delivery_socket == s || to_acceptor_socket == s)

/* A socket that nobody holds any more is closed by the kernel. */
inline close_unheld() {
    if
    :: accepted >= 1 && !IS_HELD(1) -> dead[1] = true
    :: else
    fi;
    if
    :: accepted >= 2 && !IS_HELD(2) -> dead[2] = true
    :: else
    fi
}

inline end_socket(s) {
    d_step {
        assert(!was_client[s] || has_left[s]);
        dead[s] = true;
        stored[s] = false           /* the service manager sees the end */
    }
}

/* ---------- chat-acceptor ---------- */

inline apply(position) {
    d_step {
        if
        :: changed_by <= position ->
            changed_by = position + 1;
            row_state = record[position].kind;
            if
            :: row_state == connected -> row_generation = record[position].generation; row_socket = record[position].socket
            :: else -> row_end = position + 1
            fi
        :: else
        fi
    }
}

inline commit(what, client, its_socket, is_broken) {
    d_step {
        assert(tail < MOST_RECORDS);
        record[tail].kind = what;
        record[tail].generation = client;
        record[tail].socket = its_socket;
        record[tail].broken = is_broken;
        tail++;
        if
        :: what == connected ->
            assert(!was_client[its_socket]);
            was_client[its_socket] = true;
            socket_of[client] = its_socket
        :: what == departed ->
            assert(!has_left[its_socket] && row_state == connected);
            has_left[its_socket] = true
        :: else -> assert(row_state == departed)
        fi
    }
}
inline store_checkpoint() { checkpoint = tail }
inline publish(what, client, its_socket, is_broken) {
    commit(what, client, its_socket, is_broken);
    apply(tail - 1);
    store_checkpoint()
}

inline redo() {
    if
    :: checkpoint < tail -> apply(checkpoint); store_checkpoint()
    :: else
    fi
}

inline add_entry(client, its_socket, left) {
    d_step { entry = client; entry_socket = its_socket; entry_left = left }
}

inline finish() {
    d_step { s = entry_socket; entry = NONE; entry_socket = NONE; entry_left = false };
    if
    :: s != NONE -> end_socket(s)
    :: else
    fi;
    s = NONE
}

inline store(its_socket) { stored[its_socket] = STORE }
inline send_attach() {
    if
    :: d_step {
        link != 0 && to_delivery == 0 ->
            to_delivery = attach; to_delivery_client = row_generation + 1; to_delivery_socket = newcomer
       }
    :: link == 0 || to_delivery != 0    /* nobody is there, or it is busy */
    fi
}

inline admit() {
    if
    :: entry != NONE -> finish()
    :: else
    fi;
    store(newcomer);
    send_attach();
    publish(connected, row_generation + 1, newcomer, false);
    d_step { entry = row_generation; entry_socket = newcomer; entry_left = false; newcomer = NONE }
}

inline leave(client, is_broken) {
    publish(departed, client, row_socket, is_broken);
    if
    :: entry == client -> entry_left = true
    :: else
    fi
}

inline finish_ended() {
    if
    :: ended_unsent && row_state == departed -> publish(closed, entry, row_socket, false)
    :: else
    fi;
    finish()
}

/* A socket in the store that is no client's: of one that was being accepted, or that has left. */
inline recover_unknown(number) {
    if
    :: stored[number] && number != s && number != entry_socket ->
        if
        :: !dead[number] && !half_closed[number] -> newcomer = number; assert(IS_FREE); admit()
        :: else -> end_socket(number)
        fi
    :: else
    fi
}

inline end_left_over() {
    if
    :: stored[row_socket] -> end_socket(row_socket)
    :: else
    fi
}

inline recover() {
    if
    :: atomic { row_state == connected && stored[row_socket] -> add_entry(row_generation, row_socket, false) }
    :: atomic { row_state == connected && !stored[row_socket] -> acceptor_missing = row_generation }
    :: atomic { HAS_LEFT && !IS_FREE && stored[row_socket] -> add_entry(row_generation, row_socket, true) }
    :: atomic { HAS_LEFT && !IS_FREE && !stored[row_socket] -> add_entry(row_generation, NONE, true) }
    :: atomic { HAS_LEFT && IS_FREE -> end_left_over() }
    :: row_state == unused
    fi;
    recover_unknown(1);
    recover_unknown(2)
}

inline connect_link() { d_step { link == 0 && to_acceptor == 0 -> link = 1; acceptor_wants = acceptor_missing } }

inline forget_message_to_acceptor() { d_step { to_acceptor = 0; to_acceptor_client = NONE; to_acceptor_socket = NONE } }

inline enter_missing() { add_entry(acceptor_missing, NONE, false) }

inline take_answer() {
    if
    :: to_acceptor_client != acceptor_missing -> forget_message_to_acceptor()
    :: to_acceptor_client == acceptor_missing && to_acceptor == attach ->
        store(to_acceptor_socket);
        d_step {
            entry = acceptor_missing; entry_socket = to_acceptor_socket; entry_left = false;
            to_acceptor = 0; to_acceptor_client = NONE; to_acceptor_socket = NONE; acceptor_missing = NONE
        }
    :: to_acceptor_client == acceptor_missing && to_acceptor == gone ->
        forget_message_to_acceptor();
        enter_missing();
        leave(acceptor_missing, true);
        acceptor_missing = NONE
    fi
}

inline answer_want() {
    d_step {
        delivery_wants != NONE && link == 2 && to_delivery == 0 ->
        if
        :: entry == delivery_wants && entry_socket != NONE -> to_delivery = attach; to_delivery_socket = entry_socket
        :: else -> to_delivery = gone
        fi;
        to_delivery_client = delivery_wants;
        delivery_wants = NONE
    }
}

proctype acceptor() provided (!kill_delivering) {
    byte s;
    do
    :: {
            redo();
            recover();
            do
            :: accepted < SOCKETS && IS_FREE -> d_step { accepted++; newcomer = accepted }; admit()
            :: entry != NONE && !entry_left -> leave(entry, dead[entry_socket] || gave_up_for == entry)
            :: entry_left && ended_for == entry -> finish_ended()
            :: connect_link()
            :: to_acceptor != 0 -> take_answer()
            :: answer_want()
            od
        } unless {
            d_step {
                kill_acceptor -> kill_acceptor = false;
                s = NONE; newcomer = NONE; entry = NONE; entry_socket = NONE; entry_left = false; acceptor_missing = NONE;
                link = 0; to_acceptor = 0; to_acceptor_client = NONE; to_acceptor_socket = NONE;
                delivery_wants = NONE; acceptor_wants = NONE;
                close_unheld()
            }
        }
    od
}

/* ---------- chat-delivery ---------- */

inline give_up(client) {
    if
    :: gave_up_for != client && ended_for != client ->
        gave_up_for = client;
        if
        :: IS_ATTACHED(client) -> dead[delivery_socket] = true
        :: else
        fi
    :: else
    fi
}

/* A socket that comes back after the last word to its client was said. */
#define IS_OVER(client) (gave_up_for == client || ended_for == client)
inline end_if_over() {
    d_step {
        if
        :: delivery_client != NONE && IS_OVER(delivery_client) ->
            dead[delivery_socket] = true; delivery_client = NONE; delivery_socket = NONE
        :: else
        fi
    }
}

inline take_message() {
    if
    :: to_delivery == attach ->
        d_step {
            delivery_client = to_delivery_client; delivery_socket = to_delivery_socket;
            to_delivery = 0; to_delivery_client = NONE; to_delivery_socket = NONE;
            delivery_missing = false;
            close_unheld()
        };
        end_if_over()
    :: to_delivery == gone ->
        if
        :: !IS_ATTACHED(to_delivery_client) ->
            assert(!IS_HELD(socket_of[to_delivery_client]));
            give_up(to_delivery_client)
        :: else
        fi;
        d_step { to_delivery = 0; to_delivery_client = NONE; delivery_missing = false }
    fi
}

inline note_departed() {
    d_step {
        if
        :: row_state == departed && row_end <= head -> leaving = row_generation
        :: else
        fi
    }
}

inline accept_link() {
    d_step {
        link == 1 && to_delivery == 0 -> link = 2;
        recovered = true;
        delivery_missing = false;
        if
        :: delivery_socket != NONE && (delivery_client != row_generation || delivery_socket != row_socket) ->
            delivery_client = NONE; delivery_socket = NONE;
            close_unheld()
        :: else
        fi
    };
    note_departed();
    d_step {
        if
        :: (row_state == connected || row_state == departed) && !IS_ATTACHED(row_generation) && ended_for != row_generation ->
            delivery_missing = true;
            delivery_wants = (link == 2 -> row_generation : NONE)
        :: else
        fi
    }
}

inline begin() {
    if
    :: covered <= head ->
        d_step {
            assert(outbox_generation == NONE || ended_for == outbox_generation);
            outbox_generation = client;
            unsent = true;
            covered = head + 1
        }
    :: else
    fi
}

inline tell_sender_of_unsent() {
    if
    :: sender_covered <= head ->
        d_step {
            assert(outbox_generation == client && unsent && !told[client]);
            told[client] = true;
            sender_covered = head + 1
        }
    :: else
    fi
}

#define HAS_ITS_SOCKET (IS_ATTACHED(client) && delivery_socket == record[head].socket)

inline deliver() {
    client = record[head].generation;
    if
    :: record[head].kind == connected ->
        if
        :: !HAS_ITS_SOCKET && to_delivery != 0 -> take_message()
        :: else
        fi;
        begin();
        if
        :: !HAS_ITS_SOCKET ->
            d_step {
                delivery_client = NONE; delivery_socket = NONE;
                close_unheld();
                delivery_missing = true;
                delivery_wants = (link == 2 -> client : NONE)
            }
        :: else
        fi
    :: record[head].kind == departed ->
        if
        :: record[head].broken -> give_up(client)
        :: else
        fi;
        leaving = client
    :: record[head].kind == closed -> tell_sender_of_unsent()
    fi;
    d_step { head++; client = NONE }
}

#define CAN_WRITE (delivery_socket != NONE && outbox_generation == delivery_client && unsent && \
                   gave_up_for != delivery_client && ended_for != delivery_client)

inline write_out() {
    if
    :: d_step { !dead[delivery_socket] -> assert(delivery_socket == socket_of[outbox_generation]); unsent = false }
    :: give_up(delivery_client)     /* the connection turns out to be dead */
    fi
}

inline store_ended() {
    d_step {
        if
        :: ended_for != leaving ->
            assert(outbox_generation == leaving);
            ended_for = leaving;
            ended_unsent = unsent;
            to_be_told[leaving] = unsent
        :: else
        fi
    }
}
inline shut_down() {
    d_step {
        if
        :: IS_ATTACHED(leaving) ->
            assert(has_left[delivery_socket]);
            if
            :: unsent || gave_up_for == leaving -> dead[delivery_socket] = true
            :: else -> half_closed[delivery_socket] = true
            fi;
            delivery_client = NONE; delivery_socket = NONE;
            close_unheld()
        :: else
        fi;
        leaving = NONE
    }
}
/* What is unsent is waited for, but not for ever. */
inline end_departed() {
    store_ended();
    shut_down()
}

inline answer_acceptor() {
    d_step {
        acceptor_wants != NONE && link == 2 && to_acceptor == 0 ->
        if
        :: IS_ATTACHED(acceptor_wants) -> to_acceptor = attach; to_acceptor_socket = delivery_socket
        :: else -> to_acceptor = gone
        fi;
        to_acceptor_client = acceptor_wants;
        acceptor_wants = NONE
    }
}

proctype delivering() provided (!kill_acceptor) {
    byte client, leaving;
    bool recovered, delivery_missing;
    do
    :: {
            note_departed();
            do
            :: to_delivery != 0 -> take_message()
            :: accept_link()
            :: recovered && !delivery_missing && head < tail -> deliver()
            :: CAN_WRITE -> write_out()
            :: leaving != NONE -> end_departed()
            :: answer_acceptor()
            od
        } unless {
            d_step {
                kill_delivering -> kill_delivering = false;
                client = NONE; leaving = NONE; recovered = false; delivery_missing = false;
                delivery_client = NONE; delivery_socket = NONE;
                link = 0; to_delivery = 0; to_delivery_client = NONE; to_delivery_socket = NONE;
                delivery_wants = NONE; acceptor_wants = NONE;
                close_unheld()
            }
        }
    od
}

/* It dies with delivery, and has nothing of its own to lose (queue.pml has its transactions). */
proctype message_log() provided (!kill_acceptor && !kill_delivering) {
    do
    :: d_step {
        logged < head ->
            assert(record[logged].kind == departed || record[logged].generation == outbox_generation);
            assert(record[logged].kind != closed || (unsent && told[outbox_generation]));
            logged++
       }
    od
}

proctype killer() provided (!kill_acceptor && !kill_delivering) {
    do
    :: d_step { deaths < DEATHS -> deaths++; kill_acceptor = true }
    :: d_step { deaths < DEATHS -> deaths++; kill_delivering = true }
    :: break
    od;
    timeout;
    assert(accepted == SOCKETS && IS_FREE);
    assert(checkpoint == tail && head == tail && logged == tail);
    assert(dead[1] && dead[2] && !stored[1] && !stored[2]);
    assert(was_client[1] == has_left[1] && was_client[2] == has_left[2]);
    assert(to_be_told[1] == told[1] && to_be_told[2] == told[2])
}

init {
    atomic {
        run acceptor();
        run delivering();
        run message_log();
        run killer()
    }
}
