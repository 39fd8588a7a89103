// METADATA: GET LIST SET CLEAR SUB UNSUB SUBS SYNC.
#include "chat-acceptor/dialects/irc/metadata.h"

#include "chat-acceptor/acts/room_rules.h"
#include "chat-acceptor/dialects/irc/capabilities.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "shared/records/metadata.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace chat::irc {
namespace {

struct MetadataTarget {
    std::string name;
    std::optional<Room> room;  // else it is the client
    SlotId client{};
    bool may_read = true;
    bool may_change = false;
};

Reading fail_metadata(const Request& request, std::string_view code, std::initializer_list<std::string_view> about,
                      std::string_view text) {
    Reply reply;
    reply.fail("METADATA", code, about, text);
    return answer(request, std::move(reply));
}

Reading fail_permission(const Request& request, const MetadataTarget& target, std::string_view key) {
    return fail_metadata(request, "KEY_NO_PERMISSION", {target.name, key}, "permission denied");
}

// Who may not enter a channel by their own choice may not read what it says of itself either.
bool is_open_to(const Request& request, Room room) {
    if (request.rooms().is_member(request.client(), room)) return true;
    const RoomState state = request.tables().room_states.of(room);
    return !state.has(RoomMode::secret) && !state.has(RoomMode::invited_join) && state.key.view().empty();
}

std::optional<MetadataTarget> find_metadata_target(const Request& request, std::string_view name) {
    const std::string own(request.is_registered() ? request.row().name_view() : std::string_view("*"));
    if (name == "*" || equal_ignoring_case(name, own))
        return MetadataTarget{.name = own, .room = {}, .client = request.client(), .may_change = true};
    if (!request.is_registered()) return std::nullopt;
    if (const auto room = find_channel(request, name)) {
        if (!is_shown_to(request.tables(), *room, request.client())) return std::nullopt;
        const bool may_change = request.rooms().standing(request.client(), *room).is_operator;
        return MetadataTarget{.name = channel(request.rooms().name(*room)),
                              .room = room,
                              .may_read = is_open_to(request, *room),
                              .may_change = may_change};
    }
    const auto client = request.sessions().find_name(name);
    if (!client || !is_visible(request, *client)) return std::nullopt;
    return MetadataTarget{
        .name = std::string(request.sessions().row(client->slot).name_view()), .room = {}, .client = *client};
}

MetadataRows metadata_of(const Request& request, const MetadataTarget& target) {
    const Metadata& metadata = request.tables().metadata;
    return target.room ? metadata.of_room(*target.room) : metadata.of_client(target.client);
}

const MetadataRow* find_metadata(const MetadataRows& rows, std::uint8_t key) {
    const auto found =
        std::find_if(rows.begin(), rows.end(), [key](const MetadataRow* row) { return row->key == key; });
    return found == rows.end() ? nullptr : *found;
}

std::span<const std::string_view> keys_in(const Request& request) {
    return std::span(request.line->params).subspan(2);
}

Reading get_values(const Request& request, const MetadataTarget& target) {
    const MetadataRows rows = metadata_of(request, target);
    Reply reply;
    MetadataBatch batch(request, reply, metadata_batch, target.name);
    for (const std::string_view name : keys_in(request)) {
        const auto key = find_metadata_key(name);
        if (!key)
            batch.warn("INVALID_KEY", {name}, "invalid key");
        else if (const MetadataRow* row = find_metadata(rows, *key))
            batch.add(target.name, {row});
        else
            batch.numeric(766, {target.name, name}, key_not_set);
    }
    batch.close();
    return answer_part(request, std::move(reply), {});
}

Reading list_values(const Request& request, const MetadataTarget& target) {
    Reply reply;
    MetadataBatch batch(request, reply, metadata_batch, target.name);
    batch.add(target.name, metadata_of(request, target));
    batch.close();
    return answer_part(request, std::move(reply), {});
}

// The record changes the values, and tells the client and those who have subscribed.
Reading publish_change(const Request& request, const MetadataTarget& target, const std::string& rows,
                       std::uint32_t keys, Reply reply) {
    const std::string room(target.room ? request.rooms().name(*target.room) : std::string_view{});
    std::string text;
    const Record record = records::MetadataChanged{.rows = rows, .room = room, .lines = reply.lines()}.record(text);
    auto receivers = target.room ? subscribers_in(request, *target.room, keys) : subscribers_of_client(request, keys);
    Draft draft = Draft(record, Receivers(std::move(receivers)))
                      .with_text(std::move(text))
                      .with_name(std::string(request.nick()))
                      .with_target(room);
    Reading reading;
    reading.answer = std::make_unique<Draft>(std::move(draft));
    reading.list_part = largest_list_part;
    return reading;
}

Reading set_value(const Request& request, const MetadataTarget& target) {
    const std::string_view name = request.param(2);
    const auto key = find_metadata_key(name);
    if (!key) return fail_metadata(request, "INVALID_KEY", {name}, "invalid key");
    if (!target.may_change) return fail_permission(request, target, name);
    const bool is_set = !request.param(3).empty();
    const std::string_view value = request.param(3);
    const MetadataRow* known = find_metadata(metadata_of(request, target), *key);
    if (value.size() > max_metadata_value) return fail_metadata(request, "INVALID_VALUE", {name}, "value is too long");
    if (is_set && known == nullptr && !request.tables().metadata.has_place(request.rooms()))
        return fail_metadata(request, "LIMIT_REACHED",
                             {"SET", target.name, std::to_string(request.tables().metadata.capacity())},
                             "metadata limit reached");
    std::string rows;
    append_metadata_change(rows, {*key, is_set, value});
    Reply reply;
    if (is_set)
        reply.numeric(761, {target.name, name, "*"}, value);
    else
        reply.numeric(766, {target.name, name}, key_not_set);
    if (!is_set && known == nullptr) return answer(request, std::move(reply));
    return publish_change(request, target, rows, metadata_bit(*key), std::move(reply));
}

Reading clear_values(const Request& request, const MetadataTarget& target) {
    if (!target.may_change) return fail_permission(request, target, "*");
    std::string rows;
    std::uint32_t keys = 0;
    Reply reply;
    MetadataBatch batch(request, reply, metadata_batch, target.name);
    for (const MetadataRow* row : metadata_of(request, target)) {
        append_metadata_change(rows, {row->key, false});
        keys |= metadata_bit(row->key);
        batch.numeric(766, {target.name, metadata_keys[row->key]}, key_not_set);
    }
    batch.close();
    return keys == 0 ? answer(request, std::move(reply))
                     : publish_change(request, target, rows, keys, std::move(reply));
}

// SUB and UNSUB. All keys can be subscribed to at the same time.
Reading change_subscriptions(const Request& request, bool adds) {
    Reply warnings;
    std::string names;
    std::uint32_t keys = 0;
    for (const std::string_view name : keys_in(request)) {
        const auto key = find_metadata_key(name);
        if (!key) {
            warnings.warn("METADATA", "INVALID_KEY", {name}, "invalid key");
        } else if ((keys & metadata_bit(*key)) == 0) {
            keys |= metadata_bit(*key);
            names.append(names.empty() ? "" : " ").append(name);
        }
    }
    IrcRow row = request.irc();
    const std::uint32_t fresh = adds ? keys & ~row.subscribed : 0;
    row.subscribed = adds ? row.subscribed | keys : row.subscribed & ~keys;
    Reply reply;
    if (keys != 0) reply.numeric(adds ? 770 : 771, {names});
    reply.lines() += warnings.lines();
    add_later_syncs(request, fresh, reply);
    const std::size_t size = reply.size();
    Reading reading = answer(request, std::move(reply), row);
    if (fresh != 0) reading.list_part = std::max(largest_list_part, size);
    return reading;
}

Reading list_subscriptions(const Request& request) {
    Reply reply;
    MetadataBatch batch(request, reply, "metadata-subs", {});
    for (std::uint8_t key = 0; key < metadata_keys.size(); ++key)
        if ((request.irc().subscribed & metadata_bit(key)) != 0) batch.numeric(772, {metadata_keys[key]});
    batch.close();
    return answer(request, std::move(reply));
}

Reading sync_values(const Request& request, const MetadataTarget& target) {
    if (target.room) return sync_channel(request, *target.room);
    Reply reply;
    MetadataBatch batch(request, reply, metadata_batch, target.name);
    batch.add(target.name, metadata_of(request, target), request.irc().subscribed);
    batch.close();
    return answer_part(request, std::move(reply), {});
}

// The channel has closed to the client between two parts.
Reading end_sync(const Request& request) {
    Reply reply;
    MetadataBatch(request, reply, metadata_batch, {}, true).close();
    return answer_part(request, std::move(reply), {});
}

}  // namespace

Reading use_metadata(const Request& request) {
    if (!takes_metadata(request))
        return refuse(request, 421, "METADATA", "Ask for the capability draft/metadata-3 first");
    const std::string subcommand = in_upper_case(request.param(1));
    const auto is = [&subcommand](std::string_view word) { return subcommand == word; };
    const bool needs_key = is("GET") || is("SET") || is("SUB") || is("UNSUB");
    if (needs_key && request.line->params.size() < 3) return refuse_params(request);
    const bool is_of_subscriptions = is("SUB") || is("UNSUB") || is("SUBS");
    if (!needs_key && !is_of_subscriptions && !is("LIST") && !is("CLEAR") && !is("SYNC"))
        return fail_metadata(request, "INVALID_PARAMS", {request.param(1)}, "invalid subcommand");
    const auto target = find_metadata_target(request, request.param(0));
    if (!request.row().list_cursor_view().empty() && (!target || !target->room || !target->may_read))
        return end_sync(request);
    if (!target || (is_of_subscriptions && target->client != request.client()))
        return fail_metadata(request, "INVALID_TARGET", {request.param(0)}, "invalid metadata target");
    if ((is("GET") || is("LIST") || is("SYNC")) && !target->may_read) return fail_permission(request, *target, "*");
    if (is("GET")) return get_values(request, *target);
    if (is("LIST")) return list_values(request, *target);
    if (is("SET")) return set_value(request, *target);
    if (is("CLEAR")) return clear_values(request, *target);
    if (is("SYNC")) return sync_values(request, *target);
    if (is("SUBS")) return list_subscriptions(request);
    return change_subscriptions(request, is("SUB"));
}

}  // namespace chat::irc
