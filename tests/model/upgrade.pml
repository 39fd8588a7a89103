/*
 * An upgrade across two layouts of shared memory: the old programs end, in either order, and new ones find the old
 * segment. Every new process may die at any step, and a second acceptor, which should not exist, may interfere.
 *
 * Its steps in the code:
 *   acceptor, rival   SegmentSearch: look (find), take (claim_acceptor, has_name), convert (claim_delivery);
 *                     convert_segment: remove_unfinished, make_new, copy, write_header, claim_new, rename; release_old
 *                     is the end of the old mapping
 *   delivery          chat-delivery/main.cpp, open_segment: find, claim_delivery, has_name
 *
 * What must hold: the object that has the name is complete and contains what the old programs wrote. In the end both
 * daemons use the same new object, and nothing is left over.
 */
#ifndef CRASHES
#define CRASHES 2
#endif
#define OLD 1                       /* 0 is none */
#define OBJECTS (OLD + CRASHES + 2)
#define NONE 0
#define WRITES 2                    /* of the old programs */
#define IS_NEW(object) (object > OLD)
#define HAS_NAME (name == object)
#define IS_WHOLE(object) (object == OLD || whole[object])

#define ACCEPTOR 1
#define RIVAL 2
#define DELIVERY 3

/* /dev/shm */
byte name = OLD, unfinished, made = OLD;
bool whole[OBJECTS];
byte content[OBJECTS];
byte acceptor_role[OBJECTS], delivery_role[OBJECTS];

bool kill_acceptor, kill_rival, kill_delivery;

inline release(me) {
    d_step {
        i = OLD;
        do
        :: i < OBJECTS ->
            if
            :: acceptor_role[i] == me -> acceptor_role[i] = NONE
            :: else
            fi;
            if
            :: delivery_role[i] == me -> delivery_role[i] = NONE
            :: else
            fi;
            i++
        :: else -> break
        od;
        i = 0
    }
}

inline find() { object = name }
inline claim_delivery(me) { delivery_role[object] = me }
inline remove_unfinished() { unfinished = NONE }
inline make_new() { d_step { assert(unfinished == NONE); made++; fresh = made; unfinished = fresh } }
inline copy() { content[fresh] = content[object] }
inline write_header() { whole[fresh] = true }
inline claim_new(me) { acceptor_role[fresh] = me }
inline rename() { d_step { assert(unfinished == fresh && content[fresh] == content[OLD]); name = fresh; unfinished = NONE } }
inline release_old() { d_step { acceptor_role[object] = NONE; delivery_role[object] = NONE; object = fresh } }

inline convert(me) {
    remove_unfinished();
    make_new();
    copy();
    write_header();
    claim_new(me);
    rename();
    release_old()
}

/* One process of a new acceptor. If it has to wait, it searches again as soon as it would find something else. */
inline search_and_serve(me) {
    do
    :: find();
        if
        :: atomic { acceptor_role[object] == NONE -> acceptor_role[object] = me };
            if
            :: !HAS_NAME -> release(me)
            :: else ->
                if
                :: IS_NEW(object) -> break
                :: else ->
                    if
                    :: atomic { delivery_role[object] == NONE -> claim_delivery(me) };
                        convert(me);
                        break
                    :: delivery_role[object] != NONE ->
                        release(me);
                        name != object || delivery_role[object] == NONE
                    fi
                fi
            fi
        :: acceptor_role[object] != NONE -> name != object || acceptor_role[object] == NONE
        fi
    od;
    assert(HAS_NAME && IS_WHOLE(object) && acceptor_role[object] == me);
    false
}

inline write() {
    do
    :: content[OLD] < WRITES -> content[OLD]++
    :: break
    od
}

proctype acceptor() {
    byte object, fresh, i;
    write();                        /* the old program, until it is asked to restart */
    release(ACCEPTOR);
    do
    :: { search_and_serve(ACCEPTOR) } unless { kill_acceptor -> kill_acceptor = false; release(ACCEPTOR); d_step { object = 0; fresh = 0 } }
    od
}

proctype rival() {
    byte object, fresh, i;
    do
    :: { search_and_serve(RIVAL) } unless { kill_rival -> kill_rival = false; release(RIVAL); d_step { object = 0; fresh = 0 } }
    od
}

proctype delivery() {
    byte object, i;
    write();
    release(DELIVERY);
    do
    :: {
            do
            :: find();
                if
                :: IS_NEW(object) ->
                    if
                    :: atomic { delivery_role[object] == NONE -> claim_delivery(DELIVERY) };
                        if
                        :: HAS_NAME -> break
                        :: else -> release(DELIVERY)
                        fi
                    :: delivery_role[object] != NONE -> name != object || delivery_role[object] == NONE
                    fi
                :: else -> name != object
                fi
            od;
            assert(HAS_NAME && IS_WHOLE(object));
            false
        } unless { kill_delivery -> kill_delivery = false; release(DELIVERY); object = 0 }
    od
}

proctype killer() {
    byte crashes;
    do
    :: crashes < CRASHES && !kill_acceptor && !kill_rival && !kill_delivery ->
        crashes++;
        if
        :: kill_acceptor = true
        :: kill_rival = true
        :: kill_delivery = true
        fi
    :: break
    od
}

proctype observer() {
    assert(IS_WHOLE(name))
}

proctype end() {
    timeout ->
    assert(IS_NEW(name) && whole[name] && unfinished == NONE && content[name] == content[OLD]);
    assert(acceptor_role[name] != NONE && delivery_role[name] == DELIVERY)
}


init {
    atomic {
        acceptor_role[OLD] = ACCEPTOR;
        delivery_role[OLD] = DELIVERY;
        run acceptor();
        run rival();
        run delivery();
        run killer();
        run observer();
        run end()
    }
}
