#!/usr/bin/python3
"""Breaks one recovery rule at a time and checks that a test turns red: a proof that the tests can fail.

    tests/crash/mutants.py [--directory DIR] [NAME…]

Works on a copy of the tree in a temporary directory (--directory keeps one for the next time). Prints each mutant with
the test that turned red; exit status 1 if one survives. Takes a while: each mutant is built and run against the few
tests that should catch it.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 600          # seconds for the tests of one mutant
PASSES = "14"           # of one step in one scene: a broken rule shows in the first


@dataclass
class Mutant:
    """Replaces one text in one file by another. `points` are the marked steps at which a crash should reveal it; `unit`
    and `tests` are further tests."""
    name: str
    file: str
    old: str
    new: str
    points: tuple = ()      # (daemon, name of the step)
    unit: str = ""          # of Catch2: a tag or a test's name
    tests: tuple = ()       # of pytest

    def source(self, root):
        return root / "services" / self.file

    def apply(self, root):
        text = self.source(root).read_text(encoding="utf-8")
        assert text.count(self.old) == 1, f"{self.name}: the text to replace stands {text.count(self.old)} times in {self.file}; follow the code"
        return text.replace(self.old, self.new)


ACCEPTOR, DELIVERY = "chat-acceptor/", "chat-delivery/"
DESKS = ACCEPTOR + "desks/"
EVERY_POINT = "tests/crash/test_every_point.py"
CONVERSION, WAITING = "tests/crash/test_conversion.py", "tests/protocol/test_waiting_for_segment.py"
QUESTIONS = "tests/protocol/test_questions.py"
HISTORY = "tests/protocol/test_history.py"
ACCOUNT_ENDS = "tests/control/test_account_ends.py"
KEPT, SEEN = "tests/accounts/test_kept.py", "tests/accounts/test_seen.py"

MUTANTS = [
    Mutant("no redo", ACCEPTOR + "publisher.cpp",
           "if (entry->next > checkpoint) tables_->apply(*record, entry->next);", "",
           points=[("acceptor", "queue: record committed")]),
    Mutant("checkpoint before the record is applied", ACCEPTOR + "publisher.cpp",
           "    tables_->apply(record, end);\n", "    segment_->words().checkpoint.store(end, std::memory_order_release);\n    tables_->apply(record, end);\n",
           points=[("acceptor", "row: written")]),
    Mutant("parsed before the record is committed", DESKS + "turns.cpp",
           "    const Position end = floor_->publish(record).end;\n", "    floor_->segment.slots()[client.slot].parsed.store(line.state_after);\n    const Position end = floor_->publish(record).end;\n",
           points=[("acceptor", "queue: record written")]),
    Mutant("a line that becomes several records is consumed with the first of them", DESKS + "reply.cpp",
           "is_part || reply.next_step != 0 ? 0", "is_part ? 0",
           tests=["tests/irc/test_talking.py"]),
    Mutant("the standing of a member is kept on the heap only", ACCEPTOR + "state/rooms.cpp",
           "(room + 1) | place.standing", "room + 1", unit="[rights]", tests=["tests/protocol/test_room_operators_survive.py"]),
    Mutant("a successor does not know that an operator gave this up", ACCEPTOR + "state/rooms.cpp",
           "        segment_->rooms()[room].may_lack_operators = entry.operators == 0 ? 1 : 0;\n", "", unit="[rights]"),
    Mutant("a new room has the topic of an earlier one", ACCEPTOR + "state/room_states.cpp",
           "    if (state.opened == opened) return state;\n    state = {};\n", "", unit="[rights]"),
    Mutant("an operator is appointed only by the process that saw the last one leave", ACCEPTOR + "state/rooms.cpp",
           "    if ((standing & standing_bit::operates) != 0) ++entry.operators;\n    note_operators(room);\n", "    if ((standing & standing_bit::operates) != 0) ++entry.operators;\n",
           points=[("acceptor", "acceptor: before an operator is appointed")]),
    Mutant("an invitation is not used up", ACCEPTOR + "state/room_lists.cpp",
           "== record.sender) remove(*room, *entry);", "== record.sender) {}", unit="[rights]", tests=["tests/irc/test_modes.py"]),
    Mutant("watchers are told only by the process that saw somebody come or go", ACCEPTOR + "state/watches.cpp",
           "                changed_.emplace_back(row(indexes.front()).name.view());\n", "                continue;\n", unit="[watches]",
           points=[("acceptor", "acceptor: before watchers are told")]),
    Mutant("no unconditional ring after a restart", ACCEPTOR + "publisher.cpp",
           "    segment_->doorbell().ring();\n", "", unit="[publisher]"),
    Mutant("a sleeper is woken only by its timeout", "shared/memory/doorbell.cpp",
           "if (asleep.load(std::memory_order_relaxed) != 0) ring();", "",
           points=[("acceptor", "queue: record committed")]),
    Mutant("deaths are never counted against a line", ACCEPTOR + "clients/line_attempt.h",
           "(word >> 1U & 3U) + (word & 1U)", "word >> 1U & 3U", unit="[lines]",
           tests=["tests/crash/test_deadly_line.py::test_a_deadly_line_is_skipped_and_everybody_else_is_served"]),
    Mutant("every death counts against the next line", ACCEPTOR + "clients/line_attempt.h",
           "word_of(has_answered ? 0 : deaths_, false)", "word_of(has_answered ? 0 : deaths_, true)", unit="[lines]",
           tests=["tests/crash/test_deadly_line.py::test_a_line_that_waits_survives_any_number_of_deaths"]),
    Mutant("read position from memory instead of the kernel", DESKS + "recovery.cpp",
           "auto received = consumed_position(fd.get());",
           "std::optional<std::uint64_t> received = floor_->segment.slots()[client.slot].parsed.load() >> 1U;",
           points=[("acceptor", "inbox: bytes read")]),
    Mutant("a proxied socket is taken for a plain one", DESKS + "recovery.cpp",
           "    if (untouched && newcomer.is_proxied)\n        newcomers_->await_header(std::move(newcomer));\n    else if (untouched", "    if (untouched",
           points=[("acceptor", "acceptor: socket stored")], tests=["tests/protocol/test_proxied.py -k half_a_header_survives_a_death"]),
    Mutant("an unread header is not discarded", DESKS + "recovery.cpp",
           "    if (received == 0 && parsed > 0) received = discard_header(fd.get(), parsed) ? std::optional(parsed) : std::nullopt;\n", "    (void)parsed;\n",
           points=[("acceptor", "acceptor: header unread")]),
    Mutant("first success is forgotten", DESKS + "recovery.cpp",
           "if (row.has_succeeded && floor_->publisher.has_control_room())", "if (false)",
           points=[("acceptor", "publisher: checkpoint stored")]),
    Mutant("session records are not followed after a restart", DESKS + "recovery.cpp",
           "if (begin >= sessions_logged && SessionLog::concerns(record)) floor_->session_log.add(begin);", "(void)begin; (void)sessions_logged; (void)record;",
           points=[("acceptor", "session log: rows written")]),
    Mutant("sockets are not requested back", DESKS + "recovery.cpp",
           "            floor_->link.send({LinkKind::want, connection->client});\n", "            continue;\n",
           tests=["tests/crash/test_many_clients.py"]),
    Mutant("lingering without ending its own direction", ACCEPTOR + "clients/linger.cpp",
           "    ::shutdown(fd.get(), SHUT_WR);\n", "", points=[("delivery", "outbox: ended")]),
    Mutant("urgent data out of the stream", ACCEPTOR + "clients/listener.cpp",
           "    SocketOption{SOL_SOCKET, SO_OOBINLINE, 1},\n", "", tests=["tests/crash/test_urgent_data.py"]),
    Mutant("rows are replaced in place", "shared/memory/row_copies.h",
           "    slot.row[(index + 1) & 1U] = row;\n    CHAT_CRASH_POINT(\"row: written\");\n    slot.row_index.store(index + 1, std::memory_order_release);\n",
           "    slot.row[index & 1U] = row;\n    CHAT_CRASH_POINT(\"row: written\");\n",
           points=[("acceptor", "row: written")], unit="[sessions]"),
    Mutant("no retry loop in stream_position", "shared/system/stream_position.cpp",
           "if (info.*counter == before && info.tcpi_state == state) return true;", "(void)before; (void)state; return true;",
           unit="[stream_position]"),
    Mutant("outbox: content after the commit word", DELIVERY + "outboxes.cpp",
           "    slot.outbox[idle] = end;\n    CHAT_CRASH_POINT(\"outbox: lines written\");\n"
           "    slot.outbox_commit.store((sequence + 1) << 1U | idle, std::memory_order_release);\n",
           "    slot.outbox_commit.store((sequence + 1) << 1U | idle, std::memory_order_release);\n"
           "    CHAT_CRASH_POINT(\"outbox: lines written\");\n    slot.outbox[idle] = end;\n",
           points=[("delivery", "outbox: lines written")]),
    Mutant("outbox: a commit of two words", DELIVERY + "outboxes.cpp",
           "    CHAT_CRASH_POINT(\"outbox: lines written\");\n",
           "    slot.outbox_commit.store((sequence + 1) << 1U | (idle ^ 1U), std::memory_order_release);\n    CHAT_CRASH_POINT(\"outbox: lines written\");\n",
           points=[("delivery", "outbox: lines written")]),
    Mutant("ledger: an entry after the commit word", DELIVERY + "outboxes.cpp",
           "        for (const auto& [begin, id, origin] : lines.messages)\n"
           "            ledger.at(space.entries++) = {space.tail + begin, id, origin.sender, origin.kind, {}, origin.account, {}};\n"
           "    }\n"
           "    commit(slot, sequence,\n"
           "           {space.tail + lines.text.size(), space.base, client.generation, space.entries,\n"
           "            voice == same_voice ? end.voice : voice});\n",
           "        commit(slot, sequence,\n"
           "               {space.tail + lines.text.size(), space.base, client.generation, space.entries + lines.messages.size(),\n"
           "                voice == same_voice ? end.voice : voice});\n"
           "        for (const auto& [begin, id, origin] : lines.messages)\n"
           "            ledger.at(space.entries++) = {space.tail + begin, id, origin.sender, origin.kind, {}, origin.account, {}};\n"
           "    } else {\n"
           "        commit(slot, sequence,\n"
           "               {space.tail + lines.text.size(), space.base, client.generation, space.entries,\n"
           "                voice == same_voice ? end.voice : voice});\n"
           "    }\n",
           points=[("delivery", "outbox: lines committed")]),
    Mutant("ledger: a full one is overwritten", "shared/memory/ledger.h", "at(index).begin < written ||", "(void(written), true) ||", unit="[unsent]"),
    Mutant("ledger: an entry that was never committed blocks the next one", "shared/memory/ledger.h", " || at(index).begin > at(index + 1).begin", "", unit="[unsent]"),
    Mutant("ledger: the count does not restart when the outbox is empty", DELIVERY + "outbox_space.h", "        entries = 0;\n", "", unit="[unsent]"),
    Mutant("ledger: a line at the first byte that is not written counts as sent", DELIVERY + "unsent.cpp", "entry.begin < written ||", "entry.begin <= written ||",
           unit="[unsent]"),
    Mutant("ledger: an entry beyond the commit counts", DELIVERY + "unsent.cpp", " || entry.begin >= next) break;", ") break;", unit="[unsent]"),
    Mutant("fan-out skips nobody", DELIVERY + "outboxes.cpp",
           "    if (slot.outbox_commit.load(std::memory_order_relaxed) >> 1U > sequence) return Append::done;\n", "",
           points=[("delivery", "delivery: record fanned out")]),
    Mutant("written position from memory instead of the kernel", DELIVERY + "outboxes.cpp",
           "const auto written = written_position(entry.fd.get());", "const std::optional<std::uint64_t> written = slot.written.load();",
           points=[("delivery", "outbox: bytes sent")]),
    Mutant("given up, and never shut down", DELIVERY + "outboxes.cpp",
           "        ::shutdown(entry.fd.get(), SHUT_RDWR);  // who gave it up may have died before it came to this\n", "",
           points=[("delivery", "outbox: given up")]),
    Mutant("head before the fan-out", DELIVERY + "delivery.cpp",
           "        if (!entry->padding) {\n            const auto record", "        words.head.store(entry->next);\n        if (!entry->padding) {\n            const auto record",
           points=[("delivery", "outbox: lines written")]),
    Mutant("unsent lines are released before the log has marked them", DELIVERY + "departures.cpp",
           "           words.logged.load(std::memory_order_acquire) >= row.leaving_end;\n", "           words.logged.load(std::memory_order_acquire) > 0;\n", unit="[outbox]"),
    Mutant("a successor does not know what is kept for departed clients", DELIVERY + "departures.cpp",
           "        if (row.state == SlotState::closed && !has_ended_cleanly(slots[number], client)) unsent_.push_back(client);\n", "",
           points=[("delivery", "departures: memory released")], unit="[outbox]"),
    Mutant("a part of a list consumes its line", DESKS + "reply.cpp",
           "is_part || reply.next_step != 0 ? 0 : line.state_after;", "reply.next_step != 0 ? 0 : line.state_after;", tests=["tests/protocol/test_long_lists.py -k longer_than_the_outbox"]),
    Mutant("the place in a list is forgotten by a restart", ACCEPTOR + "state/sessions.cpp",
           "    for (const SlotId client : connected_clients(segment.slots())) index_client(client.slot, row(client.slot));\n",
           "    for (const SlotId client : connected_clients(segment.slots())) {\n        ClientRow row = this->row(client.slot);\n        index_client(client.slot, row);\n        row.set_list({}, 0);\n        replace_row(segment.slots()[client.slot], row);\n    }\n",
           points=[("acceptor", "publisher: checkpoint stored")], tests=["tests/protocol/test_long_lists.py -k late"]),
    Mutant("a newcomer may get any socket", DELIVERY + "outboxes.cpp",
           "if (is_attached(client) && socket_cookie(entries_[client.slot].fd.get()) != cookie)", "if (is_attached(client) && cookie == 0)",
           unit="[outbox]"),
    Mutant("the log resumes without looking at the database", DELIVERY + "log/message_rows.cpp",
           "last_(static_cast<std::uint64_t>(database.query_number(\"SELECT coalesce(max(id), 0) FROM message\")))", "last_(0)",
           points=[("delivery", "message log: rows committed")]),
    Mutant("the log's cursor before its rows", DELIVERY + "log/message_log.cpp",
           "            at = connection().rows.write(at, end, policy);\n        words.logged.store(at, std::memory_order_release);\n",
           "            words.logged.store(end, std::memory_order_release), at = connection().rows.write(at, end, policy);\n",
           points=[("delivery", "message log: rows written")]),
    Mutant("a log looks for work before it says that it sleeps", "shared/log/log_thread.cpp",
           "    idle_ = true;\n    std::atomic_thread_fence(std::memory_order_seq_cst);  // pairs with the one in nudge()\n    if (!work_->is_behind()) {\n",
           "    if (!work_->is_behind()) {\n        idle_ = true;\n", unit="[log_thread]"),
    Mutant("a log's chores come before its rows", "shared/log/log_thread.cpp",
           "                work_->write(stopping_);\n                do_chores();\n", "                do_chores();\n                work_->write(stopping_);\n", unit="[log_thread]"),
    Mutant("session records are dropped before their rows are committed", ACCEPTOR + "session_log.cpp",
           "    rows().write(*segment_, batch);\n    const std::lock_guard lock(mutex_);\n    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(batch.size()));\n",
           "    {\n        const std::lock_guard lock(mutex_);\n        pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(batch.size()));\n    }\n"
           "    rows().write(*segment_, batch);\n", unit="[session_log]"),
    Mutant("the old segment is replaced before the new one is whole", ACCEPTOR + "startup/conversion.cpp",
           "        CHAT_CRASH_POINT(\"conversion: new object made\");\n",
           "        SharedMemory::rename(name, Segment::object_name(instance));\n        CHAT_CRASH_POINT(\"conversion: new object made\");\n",
           tests=[CONVERSION + " -k new-object-made"]),
    Mutant("a segment is converted while delivery uses it", ACCEPTOR + "startup/segment_search.cpp",
           "if (!found.object->claim(delivery_role))\n        return", "if (false)\n        return", tests=[WAITING + " -k older_delivery"]),
    Mutant("bytes of streams are not converted", ACCEPTOR + "startup/conversion.cpp",
           "            copy_extents(object, *earlier, fresh, part, converter);\n", "            (void)copy_extents;\n", unit="[conversion]"),
    Mutant("a line that waits for an answer is processed again meanwhile", DESKS + "waiting_lines.cpp",
           "    CHAT_CRASH_POINT(\"questions: asked\");\n    floor_->connections.await_answer(connection);\n", "", tests=[QUESTIONS + " -k later_lines"]),
    Mutant("a repeated call to chat-auth is performed again", "chat-auth/outcomes.cpp",
           "    if (!rows.next()) return std::nullopt;\n", "    return std::nullopt;\n", tests=["tests/accounts/test_auth_daemon.py -k repeated_after_a_kill"]),
    Mutant("a call that comes too late is performed", "chat-auth/accounts.cpp",
           "request.deadline != 0 &&", "request.deadline == 1 &&", tests=[ACCOUNT_ENDS + " -k answered_busy"]),
    Mutant("changes of names that were never loaded are ignored", ACCEPTOR + "questions/auth_client.cpp",
           "if (changes_ && changes == *changes_) return;", "if (!changes_ || changes == *changes_) return;", tests=[ACCOUNT_ENDS + " -k before_the_names"]),
    Mutant("nobody notices the end of a client that waits for an answer", ACCEPTOR + "clients/connections.cpp",
           "watch(connection, EPOLL_CTL_MOD, 0);", "unwatch(connection);", tests=[QUESTIONS + " -k vanishes"]),
    Mutant("no ledgers are made of the lines of 0.1.0", ACCEPTOR + "startup/conversion.cpp",
           "            lines_0_1::add_ledgers(converted);\n", "", unit="[conversion]"),
    Mutant("the other copy of a row is converted", ACCEPTOR + "startup/layout_0_1.cpp",
           "rows[index & 1U], used", "rows[(index + 1) & 1U], used", unit="[conversion]"),
    Mutant("the other end of an outbox is converted", ACCEPTOR + "startup/layout_0_1.cpp",
           "const OutboxEnd& end = old.outbox[old.outbox_commit & 1U];", "const OutboxEnd& end = old.outbox[~old.outbox_commit & 1U];", unit="[conversion]"),
    Mutant("a converted segment has another id", ACCEPTOR + "startup/conversion.cpp",
           "header_of(older.sizes, older.id)", "header_of(older.sizes, older.id + 1)", unit="[conversion]"),
    Mutant("leftovers of a killed conversion block the next one", ACCEPTOR + "startup/conversion.cpp",
           "    SharedMemory::remove(name);\n    if (SharedMemory::is_foreign(name)) name", "    if (SharedMemory::is_foreign(name)) name", unit="[conversion]"),
    Mutant("a segment of a later version is not kept for it", ACCEPTOR + "startup/segment_search.cpp",
           "if (has_clients_ || ", "if (", tests=[WAITING + " -k later_version_waits"]),
    Mutant("delivery ends without writing the log", DELIVERY + "main.cpp",
           "        if (!is_last_) delivery_->drain(drain_time);", "        (void)drain_time;", tests=[WAITING + " -k writes_the_log"]),
    Mutant("a page of history is read before the log has everything", ACCEPTOR + "questions/history_reader.cpp",
           "return words.logged.load(std::memory_order_acquire) >= asked.noted &&", "return asked.end > 0 &&", tests=[HISTORY + " -k waits_for_the_log", "tests/crash/test_history.py"]),
    Mutant("a page of history is said to go further than it does", ACCEPTOR + "questions/history_reader.cpp",
           "words.sequence.load(std::memory_order_relaxed),", "words.sequence.load(std::memory_order_relaxed) + 40,", tests=["tests/crash/test_history.py"]),
    Mutant("a membership does not know when it began", ACCEPTOR + "state/rooms.cpp",
           "segment_->joined(client.slot)[*index].store(joined_by,", "segment_->joined(client.slot)[*index].store(0,", tests=[HISTORY + " -k since_they_joined"]),
    Mutant("the mark of the index moves outside the transaction", DELIVERY + "log/history_index.cpp",
           "    std::map<std::int64_t, const Ids*> places;\n", "    move_mark_.bind(bound(up_to)).run();\n    std::map<std::int64_t, const Ids*> places;\n", unit="history: a block and the mark are written together"),
    Mutant("a kept message is removed although it was not received", DELIVERY + "log/kept_rows.cpp",
           "if (!is_unsent) received.push_back(id);", "(void)is_unsent;\n        received.push_back(id);",
           tests=[KEPT + "::test_what_a_login_has_sent_in_vain_comes_again"]),
    Mutant("kept messages have no entry in the ledger", DELIVERY + "fan_out.cpp",
           "{row->from, LedgerKind::kept}", "{row->from, LedgerKind::none}",
           tests=[KEPT + "::test_what_a_login_has_sent_in_vain_comes_again"]),
    Mutant("a session that was given kept messages is not closed", DESKS + "departures.cpp",
           " || row.kept_account != 0)", ")",
           tests=[KEPT + "::test_what_a_session_has_received_is_not_kept_any_more"]),
    Mutant("what was kept while a login waits is dropped", ACCEPTOR + "acts/kept.cpp",
           "        if (message.id <= read.upto) continue;\n", "        if (message.id > 0) continue;\n",
           tests=[KEPT + "::test_the_order_of_a_sender_holds_while_its_receiver_logs_in"]),
    Mutant("what an outbox does not take is not kept", DELIVERY + "log/message_rows.cpp",
           "(records::is_kept_if_unsent(record) && is_unsent(segment, record))", "(records::is_kept_if_unsent(record) && !is_unsent(segment, record) && record.receivers.empty())",
           tests=[KEPT + "::test_what_a_slow_receiver_does_not_take_is_kept"]),
    Mutant("a login in parts begins again", ACCEPTOR + "acts/waiting.cpp",
           "    if (asker.row->is_getting_kept == getting_kept::more) return ask_for_more_kept(context, asker);\n", "",
           tests=[KEPT + "::test_more_than_one_record_holds_comes_in_order"]),
    Mutant("a mark moves back", ACCEPTOR + "seen_rows.cpp",
           "max(message, excluded.message)", "excluded.message",
           tests=[SEEN + "::test_a_mark_never_moves_back"]),
]


def test_id(daemon, name):
    """pytest's name of the test of this step."""
    return f"{EVERY_POINT}::test_every_point[{daemon}-{name.replace(':', '').replace(' ', '-')}]"


class Workshop:
    def __init__(self, directory):
        self.tree, self.build = directory / "tree", directory / "build"
        self.environment = dict(os.environ, CHAT_BUILD=str(self.build), CHAT_MOST_VIOLATIONS="1", CHAT_LONG="1", CHAT_CRASH_PASSES=PASSES)

    def copy_tree(self):
        """Copies the files under version control; unchanged ones keep their times, so that they are not built again."""
        names = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], check=True, stdout=subprocess.PIPE).stdout.decode().split("\0")
        for name in filter(None, names):
            source, target = ROOT / name, self.tree / name
            if not source.is_file() or (target.exists() and target.read_bytes() == source.read_bytes()):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)

    def configure(self):
        subprocess.run(["cmake", "-S", str(self.tree), "-B", str(self.build), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O1",
                        "-DCHAT_CRASH_POINTS=ON", "-DCHAT_TESTS=ON"], check=True, stdout=subprocess.DEVNULL)

    def make(self):
        outcome = subprocess.run(["ninja", "-C", str(self.build), "-j2", "chat-acceptor", "chat-delivery", "chat-auth", "chatctl", "older_segment", "unit_tests"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert outcome.returncode == 0, outcome.stdout.decode()[-3000:]

    def commands(self, mutant):
        if mutant.unit:
            yield f"unit tests {mutant.unit}", [str(self.build / "tests" / "unit" / "unit_tests"), mutant.unit]
        for daemon, name in mutant.points:
            yield f"{daemon} at '{name}'", self.pytest(test_id(daemon, name))
        for test in mutant.tests:
            yield test, self.pytest(*test.split(" "))

    @staticmethod
    def pytest(*arguments):
        return ["/usr/bin/python3", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *arguments]

    def check_healthy(self, mutants):
        """Checks that all the tests used pass while nothing is broken; otherwise a red one would prove nothing."""
        units = ",".join(sorted({mutant.unit for mutant in mutants} - {""}))
        points = {test_id(daemon, name) for mutant in mutants for daemon, name in mutant.points}
        commands = [[str(self.build / "tests" / "unit" / "unit_tests"), units]] if units else []
        commands += [[*self.pytest(*sorted(points)), "-n", "6"]] if points else []
        commands += [self.pytest(*test.split(" ")) for test in sorted({test for mutant in mutants for test in mutant.tests})]
        for command in commands:
            outcome = subprocess.run(command, cwd=self.tree, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            assert outcome.returncode == 0, f"these fail with nothing broken: {command}\n{outcome.stdout.decode()[-3000:]}"

    def red(self, mutant):
        """The first of its tests that fails; None where all pass."""
        for title, command in self.commands(mutant):
            try:
                outcome = subprocess.run(command, cwd=self.tree, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                return f"{title} (hangs)"
            if outcome.returncode != 0:
                # 1: tests failed; anything else: pytest itself failed
                assert outcome.returncode == 1 or mutant.unit, outcome.stdout.decode()[-3000:]
                return title
        return None

    def try_mutant(self, mutant):
        source = mutant.source(self.tree)
        healthy = source.read_text(encoding="utf-8")
        source.write_text(mutant.apply(self.tree), encoding="utf-8")
        try:
            self.make()
            return self.red(mutant)
        finally:
            source.write_text(healthy, encoding="utf-8")


def say(text):
    print(f"mutants: {text}", file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="mutants whose names contain this text (default: all)")
    parser.add_argument("--directory", type=Path, metavar="DIR", help="where to copy and build; not deleted")
    arguments = parser.parse_args()
    chosen = [mutant for mutant in MUTANTS if not arguments.names or any(name in mutant.name for name in arguments.names)]
    if not chosen:
        parser.error("there is no mutant of that name")
    directory = arguments.directory or Path(tempfile.mkdtemp(prefix="chat-mutants-"))
    survivors = 0
    try:
        workshop = Workshop(directory.resolve())
        workshop.copy_tree()
        workshop.configure()
        say("building the unmodified tree")
        workshop.make()
        say("running all tests on it")
        workshop.check_healthy(chosen)
        for mutant in chosen:
            begin = time.monotonic()
            killer = workshop.try_mutant(mutant)
            survivors += killer is None
            print(f"{'SURVIVED' if killer is None else 'killed  '}  {mutant.name:56} {killer or '':56} {time.monotonic() - begin:4.0f} s", flush=True)
    finally:
        if not arguments.directory:
            shutil.rmtree(directory, ignore_errors=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} mutants killed")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
