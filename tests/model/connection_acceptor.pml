/* What chat-acceptor does in connection.pml, which includes this. */
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
    :: link == 0 || to_delivery != 0    /* nobody is connected, or delivery is busy */
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

/* A stored socket that belongs to no client: one that was being accepted, or whose client has left. */
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
