// The families of records: every kind is in exactly one, unknown kinds are in none, and any other contents of
// memory are harmless.
#include "shared/records/answer.h"
#include "shared/records/file.h"
#include "shared/records/group.h"
#include "shared/records/message.h"
#include "shared/records/operator.h"
#include "shared/records/record.h"
#include "shared/records/room.h"
#include "shared/records/session.h"
#include "shared/records/watch.h"
#include "tests/support/catch.h"

#include <cstddef>
#include <string>
#include <vector>

namespace record_families_test {

using namespace chat;
using namespace chat::records;

namespace {

// The enum of its family has a name for this kind. A switch without `default` over such an enum handles all of them.
bool has_name(SessionKind kind) {
    switch (kind) {
        case SessionKind::connected:
        case SessionKind::online:
        case SessionKind::renamed:
        case SessionKind::departed:
        case SessionKind::closed:
        case SessionKind::logged_in:
        case SessionKind::quieted:
        case SessionKind::kept_page:
        case SessionKind::seen:
        case SessionKind::introduced:
            return true;
    }
    return false;
}
bool has_name(RoomKind kind) {
    switch (kind) {
        case RoomKind::joined:
        case RoomKind::left:
        case RoomKind::rooms:
        case RoomKind::topic:
        case RoomKind::topic_shown:
        case RoomKind::kicked:
        case RoomKind::modes_changed:
        case RoomKind::invited:
            return true;
    }
    return false;
}
bool has_name(GroupKind kind) {
    switch (kind) {
        case GroupKind::made:
        case GroupKind::joined:
        case GroupKind::asked:
        case GroupKind::declined:
        case GroupKind::approved:
        case GroupKind::rejected:
        case GroupKind::left:
        case GroupKind::admin:
        case GroupKind::groups:
            return true;
    }
    return false;
}
bool has_name(FileKind kind) {
    switch (kind) {
        case FileKind::upload_offered:
        case FileKind::offered:
        case FileKind::ticket_ended:
        case FileKind::ended:
            return true;
    }
    return false;
}
bool has_name(OperatorKind kind) {
    switch (kind) {
        case OperatorKind::note:
        case OperatorKind::announcement:
        case OperatorKind::forget:
        case OperatorKind::room_set:
        case OperatorKind::kept_ended:
            return true;
    }
    return false;
}
bool has_name(AnswerKind kind) {
    switch (kind) {
        case AnswerKind::clients:
        case AnswerKind::help:
        case AnswerKind::echo:
        case AnswerKind::date:
        case AnswerKind::time:
        case AnswerKind::error:
        case AnswerKind::result:
        case AnswerKind::done:
        case AnswerKind::history:
        case AnswerKind::unread:
        case AnswerKind::dialect_answer:
            return true;
    }
    return false;
}

bool has_name(WatchKind kind) {
    switch (kind) {
        case WatchKind::watched:
        case WatchKind::presence:
            return true;
    }
    return false;
}

// How many families have a name for it.
int names_of(const Record& record) {
    return int{has_name(session_kind(record))} + int{record.kind == RecordKind::message} +
           int{record.kind == RecordKind::tag_message} + int{has_name(room_kind(record))} +
           int{has_name(group_kind(record))} + int{has_name(file_kind(record))} + int{has_name(operator_kind(record))} +
           int{has_name(answer_kind(record))} + int{has_name(watch_kind(record))} +
           int{record.kind == RecordKind::metadata_changed} + int{record.kind == RecordKind::deleted};
}

bool has_name_in_its_family(const Record& record) {
    switch (family_of(record.kind)) {
        case RecordFamily::session:
            return has_name(session_kind(record));
        case RecordFamily::message:
            return record.kind == RecordKind::message;
        case RecordFamily::room:
            return has_name(room_kind(record));
        case RecordFamily::group:
            return has_name(group_kind(record));
        case RecordFamily::file:
            return has_name(file_kind(record));
        case RecordFamily::operators:
            return has_name(operator_kind(record));
        case RecordFamily::answer:
            return has_name(answer_kind(record));
        case RecordFamily::relay:
            return record.kind == RecordKind::tag_message;
        case RecordFamily::watch:
            return has_name(watch_kind(record));
        case RecordFamily::metadata:
            return record.kind == RecordKind::metadata_changed;
        case RecordFamily::deletion:
            return record.kind == RecordKind::deleted;
        case RecordFamily::none:
            break;
    }
    return false;
}

std::vector<RecordKind> every_kind() {
    std::vector<RecordKind> kinds;
    for (int kind = 1; kind <= static_cast<int>(last_record_kind); ++kind)
        if (is_known(RecordKind(kind))) kinds.push_back(RecordKind(kind));
    return kinds;
}

}  // namespace

TEST_CASE("records: every kind has one family, which has a name for it", "[record]") {
    for (const RecordKind kind : every_kind()) {
        INFO("kind " << static_cast<int>(kind));
        CHECK(is_known(kind));
        CHECK(has_name_in_its_family({.kind = kind}));
        CHECK(names_of({.kind = kind}) == 1);
    }
}

TEST_CASE("records: a kind of a later version is in no family, and its frame counts", "[record][D02]") {
    const auto first_unknown = static_cast<std::uint16_t>(static_cast<int>(last_record_kind) + 1);
    for (const std::uint16_t number : {first_unknown, std::uint16_t{999}, std::uint16_t{0xffff}}) {
        Record later = Message{.to = ToRoom{"films"}, .text = "Anyone here?"}.record();
        later.kind = static_cast<RecordKind>(number);
        later.sequence = 42;
        later.sender = {7, 8};
        later.sender_state = 9;
        std::vector<std::byte> bytes(encoded_size(later));
        encode(later, bytes);
        const auto decoded = decode(bytes);
        REQUIRE(decoded);
        CHECK(decoded->kind == RecordKind::none);
        CHECK(family_of(decoded->kind) == RecordFamily::none);
        CHECK(names_of(*decoded) == 0);
        CHECK(decoded->sequence == 42);
        CHECK(decoded->sender == SlotId{7, 8});
        CHECK(decoded->sender_state == 9);
    }
}

TEST_CASE("records: a target that does not exist is everyone", "[record][D02]") {
    Record record = Message{.to = ToRoom{"films"}}.record();
    record.scope = 200;
    CHECK(Message::of(record).to == MessageTarget(ToEveryone{}));
}

TEST_CASE("records: truncated texts about files are not read", "[record][D02]") {
    std::string upload;
    std::string offer;
    std::string ended;
    (void)UploadOffered{.info = {.name = "a"}}.record(upload);
    (void)FileOffered{.file = {.name = "a"}}.record(offer);
    (void)TicketEnded{}.record(ended);
    const auto cut = [](const std::string& text, std::size_t size) {
        return std::vector<char>(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
    };
    const auto view = [](const std::vector<char>& text) { return Record{.text = {text.data(), text.size()}}; };
    for (std::size_t size = 0; size < upload.size(); ++size) CHECK_FALSE(UploadOffered::of(view(cut(upload, size))));
    for (std::size_t size = 0; size < offer.size(); ++size) CHECK_FALSE(FileOffered::of(view(cut(offer, size))));
    for (std::size_t size = 0; size < ended.size(); ++size) CHECK_FALSE(TicketEnded::of(view(cut(ended, size))));
    CHECK(UploadOffered::of(view(cut(upload, upload.size()))));
    CHECK(FileOffered::of(view(cut(offer, offer.size()))));
    CHECK(TicketEnded::of(view(cut(ended, ended.size()))));
}

TEST_CASE("records: a message to a group has its number as a number as well", "[record]") {
    CHECK(Message{.to = ToGroup{"4711"}}.record().value == 4711);
    CHECK(Message{.to = ToRoom{"4711"}}.record().value == 0);
}

}  // namespace record_families_test
