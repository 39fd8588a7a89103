// Acts as bytes.
#include "chat-acceptor/acts/act.h"
#include "shared/records/packing.h"

#include <array>
#include <limits>
#include <type_traits>
#include <utility>

namespace chat {
namespace {

// A text, preceded by its size.
void put(std::string& out, std::string_view text) {
    pack(out, static_cast<std::uint32_t>(text.size()));
    out += text;
}
template <typename Number>
requires std::is_arithmetic_v<Number> || std::is_enum_v<Number>
void put(std::string& out, Number number) {
    pack(out, number);
}
void put(std::string& out, const ClientReference& client) {
    put(out, client.word);
    put(out, client.id);
}
void put(std::string& out, const GroupReference& group) {
    put(out, group.word);
    put(out, group.id);
}
void put(std::string& out, const FileTarget& target) {
    put(out, target.kind);
    put(out, target.word);
    put(out, target.id);
}
void put(std::string& out, const ModeRequest& request) {
    put(out, request.letter);
    put(out, request.adds);
    put(out, request.client);
    put(out, request.param);
}
template <typename Item>
void put(std::string& out, const std::vector<Item>& items) {
    put(out, static_cast<std::uint32_t>(items.size()));
    for (const Item& item : items) put(out, item);
}
template <typename Value>
void put(std::string& out, const std::optional<Value>& value) {
    put(out, value.has_value());
    if (value) pack(out, *value);
}

// False: too few bytes, or not a valid value for such a field.
bool get(std::string_view& from, std::string_view& text) {
    std::uint32_t size = 0;
    return take(from, size) && take_text(from, size, text);
}
template <typename Number>
requires std::is_arithmetic_v<Number>
bool get(std::string_view& from, Number& number) {
    return take(from, number);
}
bool get(std::string_view& from, LeaveReason& reason) {
    return take(from, reason) && (reason == LeaveReason::quit || reason == LeaveReason::killed);
}
bool get(std::string_view& from, act::ShowHistory::Select& select) {
    return take(from, select) && select <= act::ShowHistory::Select::since;
}
bool get(std::string_view& from, ClientReference& client) {
    return get(from, client.word) && get(from, client.id);
}
bool get(std::string_view& from, GroupReference& group) {
    return get(from, group.word) && get(from, group.id);
}
bool get(std::string_view& from, FileTarget& target) {
    return take(from, target.kind) && target.kind <= FileTarget::Kind::group && get(from, target.word) &&
           get(from, target.id);
}
bool get(std::string_view& from, ModeRequest& request) {
    return get(from, request.letter) && get(from, request.adds) && get(from, request.client) &&
           get(from, request.param);
}
template <typename Item>
bool get(std::string_view& from, std::vector<Item>& items) {
    std::uint32_t count = 0;
    if (!get(from, count) || count > from.size()) return false;
    items.resize(count);
    for (Item& item : items)
        if (!get(from, item)) return false;
    return true;
}
template <typename Value>
bool get(std::string_view& from, std::optional<Value>& value) {
    bool is_there = false;
    if (!get(from, is_there)) return false;
    return !is_there || take(from, value.emplace());
}

template <std::size_t... index>
constexpr bool have_own_numbers(std::index_sequence<index...> /*all*/) {
    constexpr std::array numbers{std::variant_alternative_t<index, Act>::number...};
    for (std::size_t i = 0; i < numbers.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (numbers[i] == numbers[j]) return false;
    return true;
}
static_assert(have_own_numbers(std::make_index_sequence<std::variant_size_v<Act>>()), "two acts have one number");

// Reads the act with this number, searching the variant's alternatives from `index` on.
template <std::size_t index = 0>
std::optional<Act> decode_fields(std::uint16_t number, std::string_view from) {
    if constexpr (index < std::variant_size_v<Act>) {
        using Kind = std::variant_alternative_t<index, Act>;
        if (number != Kind::number) return decode_fields<index + 1>(number, from);
        Kind act{};
        const bool complete = std::apply([&](auto&... fields) { return (get(from, fields) && ...); }, act.fields());
        return complete && from.empty() ? std::optional<Act>(std::move(act)) : std::nullopt;
    } else {
        return std::nullopt;
    }
}

}  // namespace

std::string encode_act(Act act) {
    std::string bytes;
    std::visit(
        [&bytes](auto& kind) {
            put(bytes, kind.number);
            std::apply([&bytes](auto&... fields) { (put(bytes, fields), ...); }, kind.fields());
        },
        act);
    return bytes;
}

std::optional<Act> decode_act(std::string_view bytes) {
    std::uint16_t number = 0;
    return get(bytes, number) ? decode_fields(number, bytes) : std::nullopt;
}

}  // namespace chat
