// The table of settings: each key, what it sets, and which values it may have.
#pragma once

#include "shared/system/config.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace chat {

// The unit of a list of addresses; other lists are of names.
inline constexpr std::string_view unit_of_addresses = "addresses";
// What a text that is not one of a list of words may contain.
inline constexpr std::string_view host_name = "host name";
inline constexpr std::string_view one_word = "word";
inline constexpr std::string_view several_lines = "text";

// One row of the table of settings.
struct Setting {
    std::string_view key;  // as in --set: limits.max_clients
    std::variant<std::int64_t Config::*, bool Config::*, std::vector<std::string> Config::*, std::string Config::*,
                 SecretsByName Config::*>
        member;
    std::int64_t least = 0;  // of a number, or bytes of a text
    std::int64_t most = 0;   // 0: any text; of secrets: how many
    std::string_view unit;
    std::string_view meaning;
    // It determines the layout of shared memory: it takes effect when the daemons start and no client is connected.
    bool waits = false;
    std::span<const std::string_view> words = {};  // the values that a text may have
};
[[nodiscard]] std::span<const Setting> settings() noexcept;

// The settings whose values differ.
[[nodiscard]] std::vector<const Setting*> changed_settings(const Config& before, const Config& after);
// Copies a setting's value from `from`.
void copy_setting(const Setting& setting, const Config& from, Config& to);

}  // namespace chat
