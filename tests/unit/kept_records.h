// Checks of the records about accounts (logins, messages that are kept, and what was read) and about messages that are
// deleted or have only tags. For records_test.cpp.
#pragma once

#include "shared/records/deletion.h"
#include "shared/records/message.h"
#include "shared/records/operator.h"
#include "shared/records/session.h"
#include "shared/records/unread.h"
#include "tests/support/catch.h"
#include "tests/unit/crossed_record.h"

#include <string>

namespace records_test {

using namespace chat;
using namespace chat::records;

inline const KeptGift gift{.account = 77, .upto = 1042, .since = 1050};

// Whether and why it is kept, and for which account.
inline void check_keeping() {
    const MessageTarget robin = ToClient{51990, 7, "Robin"};
    for (const bool kept : {false, true})
        for (const bool may_keep : {false, true}) {
            const Crossed crossed(
                Message{.to = robin, .receiver_account = 9, .kept = kept, .may_keep = may_keep}.record());
            const auto message = Message::of(crossed.record);
            CHECK(message.receiver_account == 9);
            CHECK(message.kept == kept);
            CHECK(message.may_keep == may_keep);
            CHECK(message.refusal == KeepRefusal::none);
            CHECK(is_kept_message(crossed.record) == kept);
        }
    for (const auto refusal : {KeepRefusal::none, KeepRefusal::full, KeepRefusal::away, KeepRefusal::busy}) {
        const Crossed crossed(Message{.to = robin, .discarded = true, .refusal = refusal}.record());
        const auto message = Message::of(crossed.record);
        CHECK(message.discarded);
        CHECK(message.refusal == refusal);
        CHECK_FALSE(message.kept);
        CHECK_FALSE(message.may_keep);
        CHECK_FALSE(is_kept_message(crossed.record));
    }
}

inline void check_closed() {
    CHECK(Closed::of(Crossed(Closed{}.record()).record).gift == KeptGift{});
    CHECK(Closed::of(Crossed(Closed{gift}.record()).record).gift == gift);
}

inline void check_kept_ended() {
    for (const bool deleted : {false, true}) {
        const Crossed crossed(KeptEnded{gift, deleted}.record());
        CHECK(KeptEnded::of(crossed.record).gift == gift);
        CHECK(KeptEnded::of(crossed.record).deleted == deleted);
    }
}

inline void check_kept_page() {
    for (const bool more : {false, true}) {
        const Crossed crossed(KeptPage{.account = 77, .rows = "packed rows", .upto = 1042, .more = more}.record());
        const auto page = KeptPage::of(crossed.record);
        CHECK(page.account == 77);
        CHECK(page.rows == "packed rows");
        CHECK(page.upto == 1042);
        CHECK(page.more == more);
    }
}

inline void check_seen() {
    const Crossed crossed(
        Seen{.place = "room:films", .account = 77, .other = 78, .id = 1042, .receivers = two}.record());
    const auto seen = Seen::of(crossed.record);
    CHECK(seen.place == "room:films");
    CHECK(seen.account == 77);
    CHECK(seen.other == 78);
    CHECK(seen.id == 1042);
    CHECK(is_to(seen.receivers, two));
}

inline void check_unread() {
    const Crossed crossed(Unread{.rows = "packed rows", .count = 3}.record());
    CHECK(Unread::of(crossed.record).rows == "packed rows");
    CHECK(Unread::of(crossed.record).count == 3);
}

inline void check_logged_in() {
    for (const bool registered : {false, true}) {
        std::string text;
        const Crossed crossed(
            LoggedIn{.name = "Batman",
                     .old_name = "k3xq",
                     .account = 77,
                     .since = 1'700'000'000'000'000,
                     .failed = 3,
                     .registered = registered,
                     .kept = {.count = 3, .upto = 1042, .since = 1050, .rows = "packed rows", .more = registered},
                     .receivers = two}
                .record(text));
        const auto login = LoggedIn::of(crossed.record);
        CHECK(login.name == "Batman");
        CHECK(crossed.record.name == "Batman");
        CHECK(login.old_name == "k3xq");
        CHECK(login.account == 77);
        CHECK(login.since == 1'700'000'000'000'000);
        CHECK(login.failed == 3);
        CHECK(login.registered == registered);
        CHECK(login.kept.count == 3);
        CHECK(login.kept.upto == 1042);
        CHECK(login.kept.since == 1050);
        CHECK(login.kept.rows == "packed rows");
        CHECK(login.kept.more == registered);
        CHECK(is_to(login.receivers, two));
    }
}

inline void check_tag_message() {
    Record record = Message{.to = ToRoom{"cave"}, .form = message_form::tags_only, .receivers = two}.record();
    std::string text = "what was there before";
    Message::put_tags(record, "+typing=active", text);
    const Crossed crossed(record);
    CHECK(Message::tags_in(crossed.record) == "+typing=active");
    CHECK(Message::of(crossed.record).text.empty());
    CHECK(Message::of(crossed.record).to == MessageTarget(ToRoom{"cave"}));
}

inline void check_deleted() {
    const MessageTarget batman = ToClient{4711, 17, "Batman"};
    const Crossed crossed(
        Deleted{.to = batman, .id = 42, .reason = "spam", .receiver_account = 7, .receivers = two}.record());
    const auto deleted = Deleted::of(crossed.record);
    CHECK(deleted.to == batman);
    CHECK(deleted.id == 42);
    CHECK(deleted.reason == "spam");
    CHECK(deleted.receiver_account == 7);
    CHECK(is_to(deleted.receivers, two));
}

}  // namespace records_test
