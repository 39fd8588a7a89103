/*
 * Waking the thread of a log: it sleeps on a condition variable while everything is logged, and is nudged without a lock
 * while it works. Here it is delivery's message log; the acceptor's session log is woken in the same way. There is no
 * time-out, and the threads die together: after the crash of the process both start again.
 *
 * Its steps in the code:
 *   delivering        Delivery::deliver_some: store_head, then LogThread::nudge: look_if_idle, take_lock, wake
 *   message_log       LogThread::run: sleep: say_idle, look_behind, the wait with its predicate; write
 *
 * What must hold: when nothing more happens, every record is logged.
 */
#define RECORDS 3

/* shared memory */
byte head, logged;

/* delivery's own */
bool idle, locked, notified;

bool kill_delivering, kill_log;

inline take_lock() { d_step { !locked -> locked = true } }
inline release_lock() { locked = false }

inline store_head() { head++ }
inline wake() { idle = false; notified = true }

inline nudge() {
    if
    :: idle ->
        take_lock();
        wake();
        release_lock()
    :: else
    fi
}

active proctype delivering() {
    do
    :: {
            do
            :: head < RECORDS -> store_head(); nudge()
            od
        } unless { d_step { kill_delivering -> kill_delivering = false; idle = false; locked = false; notified = false } }
    od
}

inline say_idle() { idle = true }
inline look_behind() { behind = (logged < head) }
/* On a condition variable: releasing the lock and waiting for the next notification are one step. */
inline wait() {
    d_step { notified = false; locked = false };
    notified;
    take_lock()
}
inline write() { logged = head }

active proctype message_log() provided (!kill_delivering) {
    bool behind;
    do
    :: {
            take_lock();
            do
            :: true ->
                say_idle();
                look_behind();
                do
                :: !behind && idle -> wait()
                :: else -> break
                od;
                idle = false;
                behind = false;
                release_lock();
                write();
                take_lock()
            od
        } unless { d_step { kill_log -> kill_log = false; behind = false } }
    od
}

active proctype killer() provided (!kill_delivering && !kill_log) {
    do
    :: d_step { kill_delivering = true; kill_log = true };
progress_delivery:
        skip
    :: break
    od;
    timeout;
    assert(head == RECORDS && logged == RECORDS)
}
