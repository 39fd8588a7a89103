"""The protocols of shared memory as models, searched exhaustively: every interleaving, and a crash of either daemon at
any step.

The models assume sequentially consistent memory; the thread sanitizer checks the barriers. Every model allows any
number of crashes, except connection.pml and upgrade.pml, which allow two.

A model that cannot fail proves nothing, so each of them is also broken in one place at a time, and every such mutant must be caught.

The short form allows one crash in connection.pml, looks for cycles only in the other models, and tries the first mutant
of each model. CHAT_LONG=1 runs everything. Run with: pytest tests/model. Needs Debian's spin and gcc.
"""
import os
import re
import resource
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).resolve().parent
LONG = os.environ.get("CHAT_LONG") == "1"
MEMORY_MIB = 1024
DEEPEST = 100_000
MOST_SECONDS = 1000     # for one command
SEARCH = ("-DSAFETY",)
CYCLES = ("-DNP",)        # a cycle without a crash would be a run that never ends

pytestmark = [pytest.mark.skipif(not (shutil.which("spin") and shutil.which("gcc")), reason="spin and gcc are not installed"), pytest.mark.timeout(3 * MOST_SECONDS)]


class Model(NamedTuple):
    name: str
    defines: tuple = ()

    def __str__(self):
        return "-".join((self.name, *self.defines))


MODELS = [
    Model("queue"),
    Model("outbox"),
    Model("doorbell"),
    Model("nudge"),
    Model("upgrade"),
    Model("connection", ("STORE=true",)),
    Model("connection", ("STORE=false",)),
]
STORED, UNSTORED = ("STORE=true",), ("STORE=false",)


class Mutant(NamedTuple):
    model: str
    breaks: str
    old: str            # occurs once in the model, ignoring spaces
    new: str
    defines: tuple = ()
    kind: tuple = SEARCH
    caught: str = "assertion violated"

    def __str__(self):
        return f"{self.model}: {self.breaks}"


MUTANTS = [
    Mutant("queue", "commit before the content", "write_record(); commit();", "commit(); write_record();"),
    Mutant("queue", "no redo", "redo(); do", "skip; do"),
    Mutant("queue", "checkpoint before apply", "commit(); apply(); store_sequence(); store_checkpoint()",
           "commit(); store_sequence(); store_checkpoint(); apply()"),
    Mutant("queue", "parsed before commit", "commit(); apply();", "parsed = line + 1; commit(); apply();"),
    Mutant("queue", "a record applied twice", "row[row_index].changed_by < number ->", "true ->"),
    Mutant("queue", "the number of a redone record forgotten", "apply(); store_sequence(); store_checkpoint() :: else",
           "apply(); store_checkpoint() :: else"),
    Mutant("queue", "room where the log still reads", "<= head + CELLS && start + PADDING_BEFORE(number) + SIZE(number) <= logged + CELLS",
           "<= head + CELLS"),
    Mutant("queue", "head before the fan-out", "fan_out(); store_head()", "head = at + SIZE(number); fan_out(); store_head()"),
    Mutant("queue", "fan-out repeated for who has it", "number == PADDING || fanned_out >= number", "number == PADDING"),
    Mutant("queue", "the log's cursor before its rows", "commit_rows(); store_logged()", "store_logged(); commit_rows()"),
    Mutant("queue", "the log does not ask the database", "number == PADDING || number <= last", "number == PADDING"),

    Mutant("outbox", "commit before the content", "write_lines(); write_entry(); write_end(); commit_lines()",
           "write_entry(); write_end(); commit_lines(); write_lines()"),
    Mutant("outbox", "commit of two words", "write_lines(); write_entry(); write_end(); commit_lines()",
           "write_lines(); write_entry(); write_end(); covered = number + 1; commit_lines()"),
    Mutant("outbox", "one copy for both ends", "tail[IDLE] = end + LENGTH(number);", "tail[COPY] = end + LENGTH(number); tail[IDLE] = tail[COPY];"),
    Mutant("outbox", "fan-out repeated for who has it", "HAS_IT_ALREADY (covered > number)", "HAS_IT_ALREADY (false)"),
    Mutant("outbox", "given up is looked at first", ":: HAS_IT_ALREADY ::", ":: HAS_IT_ALREADY && !IS_DISCARDED ::"),
    Mutant("outbox", "position from memory", "written = taken", "skip"),
    Mutant("outbox", "position noted before the socket has the bytes", "at = written; send();", "at = written; written = at + 1; send();"),
    Mutant("outbox", "offset 0 again while bytes are unsent", "(written == end -> end : base[COPY])", "end"),
    Mutant("outbox", "a full ring is written over", "IS_RING_FULL (tail[COPY] - written + LENGTH(number) > RING)", "IS_RING_FULL (false)"),
    Mutant("outbox", "head before the fan-out", "number = head; fan_out();", "number = head; head = number + 1; fan_out();"),
    Mutant("outbox", "a new client begins where the earlier one was", "written = 0; note_from_where(0);", "note_from_where(0);"),
    Mutant("outbox", "why before from where", "note_from_where(first); note_why();", "note_why(); note_from_where(first);"),
    Mutant("outbox", "given up, and not disconnected", "take_position(); end_if_given_up()", "take_position()"),
    Mutant("outbox", "the ledger's entry after the commit", "write_entry(); write_end(); commit_lines()", "count++; write_end(); commit_lines(); count--; write_entry()"),
    Mutant("outbox", "the entry of a commit that never came counts as one that waits", "OLDEST >= written && OLDEST <= NEXT_OLDEST)", "OLDEST >= written)"),
    Mutant("outbox", "memory is given back again and again", "written == tail[COPY] && HAS_MEMORY)", "written == tail[COPY])",
           kind=CYCLES, caught="non-progress cycle"),

    Mutant("doorbell", "the producer looks before it commits", "commit(); look_at_sleeper();", "look_at_sleeper(); commit();"),
    Mutant("doorbell", "the sleeper looks before it announces", "announce(); recheck();", "recheck(); announce();"),
    Mutant("doorbell", "no ring after a restart", "start(); do", "skip; do"),
    Mutant("doorbell", "rings swallowed before the wait", "wait(); swallow()", "swallow(); wait()"),
    Mutant("doorbell", "the ring before its reason", "say_ready(); ring_bell()", "ring_bell(); say_ready()"),
    Mutant("doorbell", "what came while serving forgotten", "take = false; take_tail();", "take = false; sockets_ready = false; take_tail();"),

    Mutant("nudge", "the log looks before it says that it sleeps", "say_idle(); look_behind();", "look_behind(); say_idle();"),
    Mutant("nudge", "the nudge before the record", "store_head(); nudge()", "nudge(); store_head()"),
    Mutant("nudge", "the nudge without the lock", "take_lock(); wake(); release_lock()", "wake()"),

    Mutant("upgrade", "the name is not looked at after the claim", ":: !HAS_NAME -> release(me)", ":: false -> release(me)"),
    Mutant("upgrade", "converted while delivery uses it", ":: atomic { delivery_role[object] == NONE -> claim_delivery(me) }; convert(me);", ":: true -> convert(me);"),
    Mutant("upgrade", "the rename before the content", "copy(); write_header(); claim_new(me); rename();", "write_header(); claim_new(me); rename(); copy();"),
    Mutant("upgrade", "the rename before the header", "write_header(); claim_new(me); rename();", "claim_new(me); rename(); write_header();"),
    Mutant("upgrade", "the new role is claimed after the rename", "claim_new(me); rename();", "rename(); claim_new(me);"),
    Mutant("upgrade", "the old one is let go before the rename", "rename(); release_old()",
           "d_step { acceptor_role[object] = NONE; delivery_role[object] = NONE }; rename(); object = fresh"),
    Mutant("upgrade", "what a dead one left is not removed", "remove_unfinished(); make_new();", "make_new();"),
    Mutant("upgrade", "delivery claims an old one", "find(); if :: IS_NEW(object) -> if :: atomic { delivery_role[object] == NONE -> claim_delivery(DELIVERY) }",
           "find(); if :: true -> if :: atomic { delivery_role[object] == NONE -> claim_delivery(DELIVERY) }"),

    Mutant("connection", "no redo", "redo(); recover();", "recover();", STORED),
    Mutant("connection", "sockets that were being accepted forgotten", "recover_unknown(1);", "skip;", STORED),
    Mutant("connection", "a socket of one who left is taken for a newcomer", "IS_FREE -> end_left_over()", "IS_FREE -> skip", STORED),
    Mutant("connection", "departures that are redone later are not noted", "note_departed(); d_step { if :: (row_state",
           "d_step { if :: (row_state", STORED),
    Mutant("connection", "nothing waits for the end of one whose socket is lost", "enter_missing();", "skip;", UNSTORED),
    Mutant("connection", "the socket is not compared at the record", "(IS_ATTACHED(client) && delivery_socket == record[head].socket)",
           "IS_ATTACHED(client)", UNSTORED),
    Mutant("connection", "the socket is not compared at the link",
           "(delivery_client != row_generation || delivery_socket != row_socket)", "delivery_client != row_generation", UNSTORED),
    Mutant("connection", "a socket that comes after the last word stays open", "(gave_up_for == client || ended_for == client)",
           "(gave_up_for == client)", UNSTORED),
    Mutant("connection", "a slot is free while it is written to", "ended_for == row_generation && \\ (!ended_unsent", "\\ (!ended_unsent", STORED),
    Mutant("connection", "a slot is free while the log looks at it", "&& logged >= row_end", "", STORED),
    Mutant("connection", "no closing record", ":: ended_unsent && row_state == departed -> publish", ":: false -> publish", STORED),
    Mutant("connection", "notified twice of what stayed unsent", ":: sender_covered <= head ->", ":: true ->", STORED),
]


def read(name):
    """The model and its includes as one text."""
    return re.sub(r'^#include "(\w+)\.pml"$', lambda found: read(found[1]), (HERE / f"{name}.pml").read_text(encoding="utf-8"), flags=re.MULTILINE)


def mutate(text, mutant):
    """The model with one place replaced; line breaks and indentation are ignored when looking for it."""
    pattern = r"\s+".join(re.escape(word) for word in mutant.old.split())
    assert len(re.findall(pattern, text)) == 1, f"this stands in the model once: {mutant.old}"
    return re.sub(pattern, lambda _: mutant.new.replace("\\ ", "\\\n"), text)


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (3 * MEMORY_MIB << 20,) * 2)


def command(directory, *words):
    done = subprocess.run(words, cwd=directory, capture_output=True, text=True, timeout=MOST_SECONDS, check=False, preexec_fn=limit_memory)
    return done.returncode, done.stdout + done.stderr


def check(directory, text, defines, kind, optimize):
    """Runs the search on this model and returns its result."""
    (directory / "model.pml").write_text(text, encoding="utf-8")
    code, said = command(directory, "spin", *(f"-D{define}" for define in defines), "-a", "model.pml")
    assert code == 0 and "rror" not in said, said
    # No reduction: it is unsound with `unless` and `provided`. No hashing: states are compared in full.
    code, said = command(directory, "gcc", optimize, "-w", "-DNOREDUCE", f"-DMEMLIM={MEMORY_MIB}", *kind, "-o", "search", "pan.c")
    assert code == 0, said
    # -E: a process that waits for more work is not an error; the model asserts that all work is done when nobody can
    # continue.
    return command(directory, "./search", "-E", "-n", "-w22", f"-m{DEEPEST}", *(["-l"] if kind == CYCLES else []))[1]


def verdict(said):
    errors = re.search(r"errors: (\d+)", said)
    assert errors, said
    return int(errors[1])


def first_of_each_model(mutants):
    return list({(mutant.model, mutant.defines): mutant for mutant in reversed(mutants)}.values())


@pytest.mark.requirement("N01", "N03")
@pytest.mark.parametrize(("model", "kind"), [(model, kind) for model in MODELS for kind in (SEARCH, CYCLES) if LONG or model.name != "connection" or kind == SEARCH],
                         ids=lambda value: {SEARCH: "every-state", CYCLES: "every-run-ends"}.get(value) or str(value))
def test_the_protocol_survives_a_death_at_any_step(tmp_path, model, kind):
    # Cycles are searched for in a smaller model if that is enough.
    smaller = ()
    if model.name == "connection" and (kind == CYCLES or not LONG):
        smaller = ("CRASHES=1",)
    elif model.name == "outbox" and kind == CYCLES:
        smaller = ("RECORDS=3",)
    # A short search takes less time than optimizing would.
    said = check(tmp_path, read(model.name), (*model.defines, *smaller), kind, "-O2" if LONG else "-O1" if kind == CYCLES else "-O0")
    assert verdict(said) == 0, said
    for sign_of_a_search_cut_short in ("max search depth too small", "Search not completed", "MEMLIM", "Bit statespace", "hash-compact"):
        assert sign_of_a_search_cut_short not in said, said
    assert int(re.search(r"(\d+) states, stored", said)[1]) > 1000, said


@pytest.mark.requirement("N01", "N03")
@pytest.mark.parametrize("mutant", MUTANTS if LONG else first_of_each_model(MUTANTS), ids=str)
def test_a_broken_protocol_is_caught(tmp_path, mutant):
    # Without -O: optimizing would take longer than finding the fault.
    said = check(tmp_path, mutate(read(mutant.model), mutant), mutant.defines, mutant.kind, "-O0")
    assert verdict(said) > 0 and mutant.caught in said, said
