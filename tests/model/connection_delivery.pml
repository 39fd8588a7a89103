/* What chat-delivery does in connection.pml, which includes this. */
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

/* A socket that arrives again after writing to its client has ended. */
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
/* Waits for unsent bytes, but not forever. */
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

/* It dies with delivery, and has no state of its own to lose (queue.pml models its transactions). */
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
