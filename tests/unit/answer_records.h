// Lists, pages of history and settings of rooms, for records_test.cpp: what these records hold comes out again.
#pragma once

#include "shared/records/answer.h"
#include "shared/records/history.h"
#include "shared/records/operator.h"
#include "tests/unit/crossed_record.h"

#include <optional>
#include <string>
#include <string_view>

namespace records_test {

inline void check_clients() {
    for (const std::string_view list : {"", "active"}) {
        const Crossed crossed(records::Clients{.rows = "packed rows", .count = 5, .list = list}.record());
        const auto clients = records::Clients::of(crossed.record);
        CHECK(clients.rows == "packed rows");
        CHECK(clients.count == 5);
        CHECK(clients.list == list);
    }
}

inline void check_history() {
    using records::History;
    std::string rows;
    append_history_info(rows, {.id = 7,
                               .at = -1,
                               .from = 10'001,
                               .to = 10'002,
                               .scope = MessageScope::direct,
                               .has_account = true,
                               .name = "Batman",
                               .form = "action",
                               .text = "waves"});
    append_history_info(rows, {});
    const Crossed crossed(
        History{.rows = rows, .count = 2, .room = "cave", .upto = 1'000'000'000'000, .more = true, .complete = false}
            .record());
    auto history = History::of(crossed.record);
    CHECK(history.count == 2);
    CHECK(history.room == "cave");
    CHECK(history.upto == 1'000'000'000'000);
    CHECK(history.more);
    CHECK_FALSE(history.complete);
    CHECK_FALSE(records::is_part_of_list(crossed.record));
    CHECK(History::of(Crossed(History{}.record()).record).complete);
    const auto row = take_history_info(history.rows);
    REQUIRE(row);
    CHECK((row->id == 7 && row->at == -1 && row->from == 10'001 && row->to == 10'002));
    CHECK((row->scope == MessageScope::direct && row->has_account));
    CHECK((row->name == "Batman" && row->form == "action" && row->text == "waves"));
    CHECK(take_history_info(history.rows));
    CHECK_FALSE(take_history_info(history.rows));
}

inline void check_room_set() {
    using records::RoomSet;
    for (const auto history : {std::optional<bool>(), std::optional(true), std::optional(false)})
        for (const auto days : {std::optional<std::uint32_t>(), std::optional(0U), std::optional(36'500U)}) {
            const Crossed crossed(RoomSet{
                .room = "cave", .history = history, .keep_days = days, .opened = 1'000'000'000'000, .operator_uid = 7}
                                      .record());
            const auto set = RoomSet::of(crossed.record);
            CHECK(set.room == "cave");
            CHECK(set.history == history);
            CHECK(set.keep_days == days);
            CHECK(set.opened == 1'000'000'000'000);
            CHECK(set.operator_uid == 7);
        }
}

}  // namespace records_test
