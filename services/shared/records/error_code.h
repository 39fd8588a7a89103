// The error codes of protocol section 4: numbers internally, words on the wire.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace chat {

// Stored in records: add at the end, never renumber.
enum class ErrorCode : std::uint32_t {
    unknown_command,
    bad_arguments,
    bad_text,
    line_too_long,
    empty_name,
    bad_name,
    name_taken,
    no_such_client,
    no_such_room,
    no_such_group,
    not_a_member,
    not_admin,
    already_member,
    group_full,
    not_invited,
    no_such_request,
    too_many_groups,
    too_many_rooms,
    self,
    too_fast,
    bad_expression,
    divide_by_zero,
    file_too_large,
    bad_file_name,
    bad_size,
    hash_mismatch,
    bad_ticket,
    no_space,
    forbidden,
    busy,
    internal_error,
    password_required,
    wrong_secret,
    needs_tls,
    weak_secret,
    no_such_account,
    account_disabled,
    guests_not_allowed,
    banned,
    history_off,
    no_such_message,
};

inline constexpr std::array<std::string_view, 41> error_words = {
    "unknown-command", "bad-arguments",     "bad-text",           "line-too-long", "empty-name",
    "bad-name",        "name-taken",        "no-such-client",     "no-such-room",  "no-such-group",
    "not-a-member",    "not-admin",         "already-member",     "group-full",    "not-invited",
    "no-such-request", "too-many-groups",   "too-many-rooms",     "self",          "too-fast",
    "bad-expression",  "divide-by-zero",    "file-too-large",     "bad-file-name", "bad-size",
    "hash-mismatch",   "bad-ticket",        "no-space",           "forbidden",     "busy",
    "internal-error",  "password-required", "wrong-secret",       "needs-tls",     "weak-secret",
    "no-such-account", "account-disabled",  "guests-not-allowed", "banned",        "history-off",
    "no-such-message"};
static_assert(error_words[static_cast<std::size_t>(ErrorCode::no_such_message)] == "no-such-message");

// The word for a code; `busy` for an unknown number.
[[nodiscard]] constexpr std::string_view word_of(ErrorCode code) noexcept {
    const auto number = static_cast<std::uint32_t>(code);
    return number < error_words.size() ? error_words[number] : error_words[static_cast<std::size_t>(ErrorCode::busy)];
}

}  // namespace chat
