// Records about names that IRC clients watch: whether somebody who is announced has them.
#pragma once

#include "shared/memory/client_table.h"
#include "shared/records/record.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace chat {

// One change of what a client watches, packed.
struct WatchChange {
    enum class Form : std::uint8_t {
        gone,     // it watches the name; nobody has it
        here,     // it watches the name; somebody has it
        removed,  // it no longer watches the name
        cleared,  // it watches nothing
    };
    Form form = Form::gone;
    std::string_view name = {};  // of `cleared`: empty

    friend bool operator==(const WatchChange&, const WatchChange&) = default;
};
void append_watch_change(std::string& rows, const WatchChange& change);
[[nodiscard]] std::optional<WatchChange> take_watch_change(std::string_view& rows) noexcept;

namespace records {

// For a switch over the kinds of this family; a record of another family has none of these values.
enum class WatchKind : std::uint16_t {
    watched = static_cast<std::uint16_t>(RecordKind::watched),
    presence = static_cast<std::uint16_t>(RecordKind::presence),
};
[[nodiscard]] constexpr WatchKind watch_kind(const Record& record) noexcept {
    return static_cast<WatchKind>(record.kind);
}

// The sender has changed what it watches.
struct Watched {
    std::string_view rows = {};   // WatchChange…
    std::string_view lines = {};  // as in DialectAnswer

    // The record views `text`.
    [[nodiscard]] Record record(std::string& text) const;
    [[nodiscard]] static Watched of(const Record& record) noexcept;
};

// A name that others watch has come, and its sender has it; or it has gone, and there is no sender.
struct Presence {
    std::string_view name = {};
    bool is_here = false;
    std::span<const SlotId> receivers = {};  // who watch it

    [[nodiscard]] Record record() const noexcept {
        return {.kind = RecordKind::presence, .number = is_here ? 1U : 0U, .target = name, .receivers = receivers};
    }
    [[nodiscard]] static Presence of(const Record& record) noexcept {
        return {record.target, record.number != 0, record.receivers};
    }
};

}  // namespace records
}  // namespace chat
