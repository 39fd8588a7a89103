/*
 * The doorbell: a sleeper is always woken. This model has no time-outs, so a lost wake-up shows as work left undone; in
 * the code it would cost a time-out. Both processes may die at any step.
 *
 * Its steps in the code:
 *   acceptor          Publisher: start is redo(), which rings in any case; commit, then Doorbell::ring_if_asleep
 *   delivering        Delivery::run: serve_sockets, deliver_some (take_tail, store_head), and Doorbell::sleep:
 *                     announce, recheck, wait, swallow
 *   main_loop         Delivery::wake, when the gate says that a socket is ready
 *   network           sockets become ready
 *
 * What must hold: when nothing more happens, every record is delivered and every socket served.
 */
#define RECORDS 2
#define EVENTS 2
#define MOST 3                      /* rings that the semaphore counts; more of them change nothing */

/* shared memory */
byte tail, head;
bool asleep;
byte semaphore;

/* delivery's own */
bool sockets_ready = true;
bool gate_open = true;

/* the kernel */
bool ready;                         /* a socket has something for delivery */
byte events;

bool kill_acceptor, kill_delivering, kill_main_loop;

inline ring_bell() { semaphore = (semaphore < MOST -> semaphore + 1 : MOST) }
inline commit() { tail++ }
inline look_at_sleeper() { sleeper = asleep }
inline ring_if_asleep() {
    if
    :: sleeper -> ring_bell()
    :: else
    fi;
    sleeper = false
}
inline start() { ring_bell() }

active proctype acceptor() provided (!kill_delivering && !kill_main_loop) {
    bool sleeper;
    do
    :: {
            start();
            do
            :: tail < RECORDS ->
                commit();
                look_at_sleeper();
                ring_if_asleep()
            od
        } unless { d_step { kill_acceptor -> kill_acceptor = false; sleeper = false } }
    od
}

inline serve_sockets() {
    ready = false;
    gate_open = true
}

inline take_tail() { until = tail }
inline store_head() { d_step { head = until; until = 0 } }

inline announce() { asleep = true }
inline recheck() { quiet = (tail == head && !sockets_ready) }
inline wait() { d_step { semaphore > 0 -> semaphore-- } }
inline swallow() { semaphore = 0 }

inline sleep_until_rung() {
    announce();
    recheck();
    if
    :: quiet ->
        wait();
        swallow()
    :: else
    fi;
    d_step { asleep = false; quiet = false }
}

active proctype delivering() provided (!kill_acceptor) {
    bool quiet, take;
    byte until;
    do
    :: {
            do
            :: true ->
                d_step { take = sockets_ready; sockets_ready = false };
                if
                :: take -> serve_sockets()
                :: else
                fi;
                take = false;
                take_tail();
                if
                :: until > head -> store_head()
                :: else -> until = 0; sleep_until_rung()
                fi
            od
        } unless {
            d_step {
                kill_delivering -> kill_delivering = false;
                quiet = false; take = false; until = 0;
                sockets_ready = true; gate_open = true;
            }
        }
    od
}

inline say_ready() { sockets_ready = true }

active proctype main_loop() provided (!kill_acceptor && !kill_delivering) {
    do
    :: {
            do
            :: d_step { ready && gate_open -> gate_open = false };
                say_ready();
                ring_bell()
            od
        } unless { kill_main_loop -> kill_main_loop = false }
    od
}

active proctype network() provided (!kill_acceptor && !kill_delivering && !kill_main_loop) {
    do
    :: d_step { events < EVENTS -> events++; ready = true }
    od
}

active proctype killer() provided (!kill_acceptor && !kill_delivering && !kill_main_loop) {
    do
    :: kill_acceptor = true;
progress_acceptor:
        skip
    :: d_step { kill_delivering = true; kill_main_loop = true; };
progress_delivery:
        skip
    :: break
    od;
    timeout;
    assert(tail == RECORDS && head == RECORDS);
    assert(events == EVENTS && !ready)
}
