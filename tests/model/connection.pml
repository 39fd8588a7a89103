/*
 * The life of connections: several clients, one after the other, through one slot. Either daemon may die at any step;
 * a socket exists as long as the service manager, a daemon or a message on the link holds it.
 *
 * Its steps in the code:
 *   acceptor          redo: Publisher::redo; recover: Recovery::recover
 *     admit           Newcomers::admit: finish an earlier entry, store, attach, publish "connected"
 *     leave           Departures::leave and after_departure
 *     finish_ended    Departures::finish_ended and finish
 *     connect_link    DeliveryLink::connect and Recovery::on_link_connected
 *     take_answer, answer_want    Recovery::on_link_message
 *     publish         Publisher::publish; apply is Sessions::apply; IS_FREE is Sessions::is_free_slot
 *   delivering        note_departed: Departures::recover
 *     accept_link     AcceptorLink::serve and MissingSockets::ask, with Outboxes::drop_unknown
 *     take_message    AcceptorLink::handle: on_attach (Outboxes::attach), on_gone
 *     deliver         Delivery::deliver; HAS_ITS_SOCKET is Outboxes::drop_unless
 *     write_out       Outboxes::write_out
 *     end_departed    Departures::end_finished, Outboxes::end: store_ended, shut_down
 *   message_log       MessageRows::write; for a direct message it reads the receiver's slot (was_discarded),
 *                     for a closing record what is unsent there
 * Here an outbox is one line, a direct message that may stay unsent (outbox.pml models the bytes).
 *
 * What must hold: a connection becomes a client at most once, departs once, and ends; a socket that a client still uses
 * is not ended; what stays unsent is reported once; no slot is reused while delivery or the log still reads it; when
 * nobody dies any more, every connection ends and the slot is free.
 */
#define SOCKETS 2
#define MOST_RECORDS 6
#ifndef CRASHES
#define CRASHES 2                    /* of either daemon, in one run */
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
byte crashes;

#define IS_FREE (row_state == unused || (row_state != connected && ended_for == row_generation && \
                 (!ended_unsent || row_state == closed) && head >= row_end && logged >= row_end))
#define HAS_LEFT (row_state == departed || row_state == closed)
#define IS_ATTACHED(generation) (delivery_socket != NONE && delivery_client == generation)
#define IS_HELD(s) (stored[s] || newcomer == s || entry_socket == s || delivery_socket == s || \
                    to_delivery_socket == s || to_acceptor_socket == s)

/* The kernel closes a socket that nobody holds any more. */
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

#include "connection_acceptor.pml"
#include "connection_delivery.pml"

proctype killer() provided (!kill_acceptor && !kill_delivering) {
    do
    :: d_step { crashes < CRASHES -> crashes++; kill_acceptor = true }
    :: d_step { crashes < CRASHES -> crashes++; kill_delivering = true }
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
