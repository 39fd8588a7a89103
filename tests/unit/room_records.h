// The kinds of records about topics, operators and modes: see records_test.cpp.
#pragma once

#include "shared/records/room_rights.h"
#include "tests/unit/crossed_record.h"

#include <optional>
#include <string>

namespace records_test {

inline void check_topics() {
    for (const std::optional<std::uint32_t> uid : {std::optional<std::uint32_t>(), std::optional<std::uint32_t>(7)}) {
        const Crossed crossed(
            records::Topic{.room = "films", .text = "What now?", .operator_uid = uid, .receivers = two}.record());
        const auto topic = records::Topic::of(crossed.record);
        CHECK(topic.room == "films");
        CHECK(topic.text == "What now?");
        CHECK(topic.operator_uid == uid);
        CHECK(is_to(topic.receivers, two));
    }
}

inline void check_topic_shown() {
    std::string text;
    const Crossed crossed(
        records::TopicShown{.room = "films", .name = "Joker", .at = 1'700'000'000'000'001, .topic = "What now?"}.record(
            text));
    const auto shown = records::TopicShown::of(crossed.record);
    CHECK(shown.room == "films");
    CHECK(shown.name == "Joker");
    CHECK(shown.at == 1'700'000'000'000'001);
    CHECK(shown.topic == "What now?");
}

inline void check_kicked() {
    std::string text;
    const Crossed crossed(records::Kicked{.room = "films",
                                          .client = two[1],
                                          .client_id = 51990,
                                          .client_name = "Joker",
                                          .reason = "no jokes",
                                          .receivers = two}
                              .record(text));
    const auto kicked = records::Kicked::of(crossed.record);
    CHECK(kicked.room == "films");
    CHECK(kicked.client == two[1]);
    CHECK(kicked.client_id == 51990);
    CHECK(kicked.client_name == "Joker");
    CHECK(kicked.reason == "no jokes");
    CHECK(is_to(kicked.receivers, two));
}

inline void check_invited() {
    for (const bool opens : {false, true}) {
        const Crossed crossed(records::Invited{.room = "films",
                                               .client = two[1],
                                               .client_id = 51990,
                                               .client_name = "Joker",
                                               .opens = opens,
                                               .receivers = two}
                                  .record());
        const auto invited = records::Invited::of(crossed.record);
        CHECK(invited.room == "films");
        CHECK(invited.client == two[1]);
        CHECK(invited.client_id == 51990);
        CHECK(invited.client_name == "Joker");
        CHECK(invited.opens == opens);
        CHECK(is_to(invited.receivers, two));
    }
}

inline void check_modes_changed() {
    const ModeChange first{'o', true, two[1], 51990, "Joker"};
    const ModeChange second{.letter = 'k', .adds = false};
    std::string rows;
    append_mode_change(rows, first);
    append_mode_change(rows, second);
    const Crossed crossed(
        records::ModesChanged{.room = "films", .rows = rows, .operator_uid = 1000, .receivers = two}.record());
    auto changed = records::ModesChanged::of(crossed.record);
    CHECK(changed.room == "films");
    CHECK(changed.operator_uid == 1000);
    CHECK(is_to(changed.receivers, two));
    CHECK(take_mode_change(changed.rows) == first);
    CHECK(take_mode_change(changed.rows) == second);
    CHECK_FALSE(take_mode_change(changed.rows));
}

inline void check_room_rights(RecordKind kind) {
    if (kind == RecordKind::topic) return check_topics();
    if (kind == RecordKind::topic_shown) return check_topic_shown();
    if (kind == RecordKind::kicked) return check_kicked();
    if (kind == RecordKind::invited) return check_invited();
    REQUIRE(kind == RecordKind::modes_changed);
    check_modes_changed();
}

}  // namespace records_test
