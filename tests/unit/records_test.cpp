// Every kind of record: the arguments of its constructor come back from its view, on the other side of the queue.
#include "shared/records/answer.h"
#include "shared/records/file.h"
#include "shared/records/group.h"
#include "shared/records/message.h"
#include "shared/records/operator.h"
#include "shared/records/record.h"
#include "shared/records/room.h"
#include "shared/records/session.h"
#include "tests/support/catch.h"
#include "tests/unit/answer_records.h"
#include "tests/unit/crossed_record.h"
#include "tests/unit/kept_records.h"
#include "tests/unit/room_records.h"

#include <string>
#include <vector>

namespace records_test {

using namespace chat;
using namespace chat::records;

namespace {

void check_connected() {
    std::string text;
    for (const std::string_view rooms : {"", "films", "films music"}) {
        const Crossed crossed(Connected{.peer = "[2001:db8::1]:50312",
                                        .rooms = rooms,
                                        .cookie = 0x2122232425262728,
                                        .limit = 100'000,
                                        .dialect = DialectId{dialect_count - 1},
                                        .accounts = RegisterPolicy::by_operator}
                                  .record(text));
        const auto connected = Connected::of(crossed.record);
        CHECK(connected.peer == "[2001:db8::1]:50312");
        CHECK(connected.rooms == rooms);
        CHECK(connected.cookie == 0x2122232425262728);
        CHECK(connected.limit == 100'000);
        CHECK(connected.dialect == DialectId{dialect_count - 1});
        CHECK(connected.accounts == RegisterPolicy::by_operator);
    }
}

void check_departed(LeaveReason reason, std::optional<std::uint32_t> operator_uid, bool broken, bool says_bye) {
    const Crossed crossed(Departed{.reason = reason,
                                   .word = "See you",
                                   .count = 12,
                                   .operator_uid = operator_uid,
                                   .broken = broken,
                                   .says_bye = says_bye,
                                   .receivers = two}
                              .record());
    const auto departed = Departed::of(crossed.record);
    CHECK(departed.reason == reason);
    CHECK(departed.word == "See you");
    CHECK(departed.count == 12);
    CHECK(departed.operator_uid == operator_uid);
    CHECK(departed.broken == broken);
    CHECK(departed.says_bye == says_bye);
    CHECK(is_to(departed.receivers, two));
}

void check_message() {
    for (const MessageTarget& target : targets)
        for (const bool discarded : {false, true}) {
            const Crossed crossed(Message{.to = target,
                                          .text = "Anyone here?",
                                          .count = 2,
                                          .discarded = discarded,
                                          .account = 0xffff'fffe,
                                          .receivers = two}
                                      .record());
            const auto message = Message::of(crossed.record);
            CHECK(message.account == 0xffff'fffe);
            CHECK(message.to == target);
            CHECK(message.text == "Anyone here?");
            CHECK(message.count == 2);
            CHECK(message.discarded == discarded);
            CHECK(is_to(message.receivers, two));
            CHECK(is_direct_message(crossed.record) == std::holds_alternative<ToClient>(target));
        }
}

template <typename Change>
void check_room_change() {
    for (const std::optional<std::uint32_t> operator_uid : {std::optional<std::uint32_t>(), {0}, {1000}}) {
        const Crossed crossed(
            Change{.room = "films", .count = 4, .operator_uid = operator_uid, .receivers = two, .account = 77}
                .record());
        const auto change = Change::of(crossed.record);
        CHECK(change.room == "films");
        CHECK(change.count == 4);
        CHECK(change.operator_uid == operator_uid);
        CHECK(change.account == 77);
        CHECK(is_to(change.receivers, two));
    }
}

void check_group_made() {
    for (const Standing others : {Standing::member, Standing::invited}) {
        const Crossed crossed(
            GroupMade{.group = 4711, .others = others, .members = "48213,51990", .receivers = two}.record());
        const auto made = GroupMade::of(crossed.record);
        CHECK(made.group == 4711);
        CHECK(made.others == others);
        CHECK(made.members == "48213,51990");
        CHECK(is_to(made.receivers, two));
    }
}

template <typename Change>
void check_group_change() {
    const Crossed crossed(Change{.group = 4711, .count = 3, .receivers = two}.record());
    const auto change = Change::of(crossed.record);
    CHECK(change.group == 4711);
    CHECK(change.count == 3);
    CHECK(is_to(change.receivers, two));
}

template <typename Notice>
void check_group_notice() {
    const Crossed crossed(Notice{.group = 4711, .receivers = two}.record());
    const auto notice = Notice::of(crossed.record);
    CHECK(notice.group == 4711);
    CHECK(is_to(notice.receivers, two));
}

template <typename Answer>
void check_group_answer() {
    const Crossed crossed(
        Answer{.group = 4711, .count = 3, .client_id = 51990, .client_name = "Joker", .receivers = two}.record());
    const auto answer = Answer::of(crossed.record);
    CHECK(answer.group == 4711);
    CHECK(answer.count == 3);
    CHECK(answer.client_id == 51990);
    CHECK(answer.client_name == "Joker");
    CHECK(is_to(answer.receivers, two));
}

void check_upload_offered() {
    const UploadInfo info{7, 123'456'789, {3, 9}, {1, 2, 3}, {4, 5, 6}, "holiday.jpg"};
    for (const MessageTarget& target : targets) {
        std::string text = "what was there before";
        const Crossed crossed(
            UploadOffered{.to = target, .size = 0x100000001, .port = 5001, .info = info}.record(text));
        const auto offered = UploadOffered::of(crossed.record);
        REQUIRE(offered);
        CHECK(offered->to == target);
        CHECK(offered->size == 0x100000001);
        CHECK(offered->port == 5001);
        CHECK(offered->info.row == info.row);
        CHECK(offered->info.deadline == info.deadline);
        CHECK(offered->info.receiver == info.receiver);
        CHECK(offered->info.ticket == info.ticket);
        CHECK(offered->info.sha256 == info.sha256);
        CHECK(offered->info.name == info.name);
    }
}

void check_file_offered() {
    const FileInfo file{99, 7, 123'456'789, 987'654'321, {4, 5, 6}, "holiday.jpg"};
    std::string tickets;
    append_ticket_info(tickets, {11, 1001, {7, 8}});
    append_ticket_info(tickets, {12, 1002, {9, 10}});
    for (const MessageTarget& target : targets) {
        std::string text = "what was there before";
        const Crossed crossed(FileOffered{
            .to = target, .size = 0x100000001, .port = 5001, .file = file, .tickets = tickets, .receivers = two}
                                  .record(text));
        auto offered = FileOffered::of(crossed.record);
        REQUIRE(offered);
        CHECK(offered->to == target);
        CHECK(offered->size == 0x100000001);
        CHECK(offered->port == 5001);
        CHECK(offered->file.id == file.id);
        CHECK(offered->file.row == file.row);
        CHECK(offered->file.deadline == file.deadline);
        CHECK(offered->file.kept == file.kept);
        CHECK(offered->file.sha256 == file.sha256);
        CHECK(offered->file.name == file.name);
        CHECK(is_to(offered->receivers, two));
        const auto first = take_ticket_info(offered->tickets);
        const auto second = take_ticket_info(offered->tickets);
        REQUIRE((first && second));
        CHECK(first->row == 11);
        CHECK(first->session == 1001);
        CHECK(first->ticket == Ticket{7, 8});
        CHECK(second->row == 12);
        CHECK_FALSE(take_ticket_info(offered->tickets));
    }
}

template <typename Ending>
void check_file_ending() {
    for (const FileEnd end : {FileEnd::delivered, FileEnd::sender_gone})
        for (const MessageTarget& target : targets) {
            std::string text = "what was there before";
            const Crossed crossed(Ending{end, {99, 7, 11, 1001}, target, 0x100000001}.record(text));
            const auto ended = Ending::of(crossed.record);
            REQUIRE(ended);
            CHECK(ended->end == end);
            CHECK(ended->file.id == 99);
            CHECK(ended->file.file_row == 7);
            CHECK(ended->file.ticket_row == 11);
            CHECK(ended->file.receiver == 1001);
            CHECK(ended->to == target);
            CHECK(ended->size == 0x100000001);
        }
}

void check(RecordKind kind) {
    switch (kind) {
        case RecordKind::connected:
            return check_connected();
        case RecordKind::online: {
            const Crossed crossed(Online{.count = 5, .account = 77, .receivers = two}.record());
            CHECK(Online::of(crossed.record).count == 5);
            CHECK(Online::of(crossed.record).account == 77);
            CHECK(is_to(Online::of(crossed.record).receivers, two));
            return;
        }
        case RecordKind::renamed: {
            const Crossed crossed(
                Renamed{.name = "Batman", .old_name = "k3xq", .account = 77, .given = true, .receivers = two}.record());
            const auto renamed = Renamed::of(crossed.record);
            CHECK(renamed.account == 77);
            CHECK(renamed.given);
            CHECK(renamed.name == "Batman");
            CHECK(crossed.record.name == "Batman");
            CHECK(renamed.old_name == "k3xq");
            CHECK(is_to(renamed.receivers, two));
            return;
        }
        case RecordKind::quieted:
            CHECK(Crossed(Quieted{}.record()).record.kind == RecordKind::quieted);
            return;
        case RecordKind::introduced:
        case RecordKind::dialect_answer:
        case RecordKind::watched:
        case RecordKind::presence:
        case RecordKind::metadata_changed:
            return;  // dialect_records_test.cpp
        case RecordKind::departed:
            check_departed(LeaveReason::quit, {}, false, true);
            check_departed(LeaveReason::slow, {}, true, false);
            check_departed(LeaveReason::kicked, 0, false, false);
            return check_departed(LeaveReason::kicked, 1000, true, true);
        case RecordKind::closed:
            return check_closed();
        case RecordKind::kept_ended:
            return check_kept_ended();
        case RecordKind::kept_page:
            return check_kept_page();
        case RecordKind::seen:
            return check_seen();
        case RecordKind::unread:
            return check_unread();
        case RecordKind::logged_in:
            return check_logged_in();
        case RecordKind::history:
            return check_history();
        case RecordKind::done:
            return (void)Done::of(Crossed(Done{}.record()).record);
        case RecordKind::tag_message:
            return check_tag_message();
        case RecordKind::deleted:
            return check_deleted();
        case RecordKind::message:
            check_message();
            return check_keeping();
        case RecordKind::clients:
            return check_clients();
        case RecordKind::help: {
            const Crossed crossed(Help{.rows = "packed rows", .count = 28}.record());
            CHECK(Help::of(crossed.record).rows == "packed rows");
            CHECK(Help::of(crossed.record).count == 28);
            return;
        }
        case RecordKind::echo:
            CHECK(Echo::of(Crossed(Echo{.text = "hello"}.record()).record).text == "hello");
            return;
        case RecordKind::date:
            (void)Date::of(Crossed(Date{}.record()).record);
            return;
        case RecordKind::time:
            (void)Time::of(Crossed(Time{}.record()).record);
            return;
        case RecordKind::error:
            for (const bool noted : {false, true}) {
                const Crossed crossed(Error{.code = ErrorCode::too_fast, .text = "Too fast", .noted = noted}.record());
                const auto error = Error::of(crossed.record);
                CHECK(error.code == ErrorCode::too_fast);
                CHECK(error.text == "Too fast");
                CHECK(error.noted == noted);
            }
            return;
        case RecordKind::note: {
            const Crossed crossed(Note{.what = NoteKind::too_fast, .detail = "127.0.0.1:50312"}.record());
            CHECK(Note::of(crossed.record).what == NoteKind::too_fast);
            CHECK(Note::of(crossed.record).detail == "127.0.0.1:50312");
            return;
        }
        case RecordKind::result: {
            const Crossed crossed(Result{.expression = "6 * 7", .value = "42"}.record());
            CHECK(Result::of(crossed.record).expression == "6 * 7");
            CHECK(Result::of(crossed.record).value == "42");
            return;
        }
        case RecordKind::joined:
            return check_room_change<Joined>();
        case RecordKind::left:
            return check_room_change<Left>();
        case RecordKind::rooms: {
            const Crossed crossed(records::Rooms{.rows = "packed rows", .count = 3}.record());
            CHECK(records::Rooms::of(crossed.record).rows == "packed rows");
            CHECK(records::Rooms::of(crossed.record).count == 3);
            return;
        }
        case RecordKind::topic:
        case RecordKind::topic_shown:
        case RecordKind::kicked:
        case RecordKind::modes_changed:
        case RecordKind::invited:
            return check_room_rights(kind);
        case RecordKind::announcement: {
            const Crossed crossed(
                Announcement{.text = "Back at noon", .count = 9, .operator_uid = 1000, .receivers = two}.record());
            const auto announcement = Announcement::of(crossed.record);
            CHECK(announcement.text == "Back at noon");
            CHECK(announcement.count == 9);
            CHECK(announcement.operator_uid == 1000);
            CHECK(is_to(announcement.receivers, two));
            return;
        }
        case RecordKind::group_made:
            return check_group_made();
        case RecordKind::group_joined:
            return check_group_change<GroupJoined>();
        case RecordKind::group_asked:
            return check_group_notice<GroupAsked>();
        case RecordKind::group_declined:
            return check_group_notice<GroupDeclined>();
        case RecordKind::group_approved:
            return check_group_answer<GroupApproved>();
        case RecordKind::group_rejected:
            return check_group_answer<GroupRejected>();
        case RecordKind::group_left:
            return check_group_change<GroupLeft>();
        case RecordKind::group_admin:
            return check_group_notice<GroupAdmin>();
        case RecordKind::groups: {
            const Crossed crossed(records::Groups{.rows = "packed rows", .count = 3, .list = "activegroups"}.record());
            const auto groups = records::Groups::of(crossed.record);
            CHECK(groups.rows == "packed rows");
            CHECK(groups.count == 3);
            CHECK(groups.list == "activegroups");
            return;
        }
        case RecordKind::upload_offered:
            return check_upload_offered();
        case RecordKind::file_offered:
            return check_file_offered();
        case RecordKind::ticket_ended:
            return check_file_ending<TicketEnded>();
        case RecordKind::file_ended:
            return check_file_ending<FileEnded>();
        case RecordKind::room_set:
            return check_room_set();
        case RecordKind::forget: {
            const Crossed crossed(Forget{.person = "Joker", .session = 0x1112131415161718, .operator_uid = 7}.record());
            const auto forget = Forget::of(crossed.record);
            CHECK(forget.person == "Joker");
            CHECK(forget.session == 0x1112131415161718);
            CHECK(forget.operator_uid == 7);
            return;
        }
        case RecordKind::none:
            break;
    }
    FAIL("there is no such kind");
}

}  // namespace

TEST_CASE("records: a constructor's arguments come back from the view, for every kind", "[record][R60]") {
    for (int kind = 1; kind <= static_cast<int>(last_record_kind); ++kind)
        if (is_known(RecordKind(kind))) check(RecordKind(kind));
}

}  // namespace records_test
