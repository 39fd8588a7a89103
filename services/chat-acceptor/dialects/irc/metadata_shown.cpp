// Metadata in the answers to other commands, and of whole channels.
#include "chat-acceptor/acts/perform.h"
#include "chat-acceptor/dialects/irc/capabilities.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "chat-acceptor/dialects/irc/metadata.h"
#include "shared/memory/watch_table.h"
#include "shared/records/metadata.h"
#include "shared/system/clock.h"
#include "shared/text/line.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace chat::irc {
namespace {

constexpr std::string_view values_part = "values";

std::vector<SlotId> subscribers_among(const Request& request, std::vector<SlotId> clients, std::uint32_t keys) {
    std::erase_if(clients, [&](SlotId client) {
        if (client == request.client() || !speaks_irc(request, client)) return true;
        const IrcRow& row = request.sessions().irc_row(client.slot);
        return (row.capabilities & irc_capability::metadata) == 0 || (row.subscribed & keys) == 0;
    });
    return sorted(std::move(clients));
}

bool has_values(const MetadataRows& rows, std::uint32_t keys) {
    return std::any_of(rows.begin(), rows.end(),
                       [keys](const MetadataRow* row) { return (metadata_bit(row->key) & keys) != 0; });
}

bool channel_has_values(const Request& request, Room room, std::uint32_t keys) {
    const Metadata& metadata = request.tables().metadata;
    const auto members = request.rooms().members(room);
    return has_values(metadata.of_room(room), keys) || std::any_of(members.begin(), members.end(), [&](SlotId member) {
               return (metadata.keys_of_client(member) & keys) != 0;
           });
}

void add_later_sync(std::string_view target, Reply& reply) {
    reply.numeric(774, {target, "1"}, "ask for it with SYNC");
}

// Of the channel itself, unless a session is given, then of the members who follow this session, in the order of their
// sessions, until the part is full: then the last session that it has. Empty: it has all of them.
std::optional<std::uint64_t> add_channel(const Request& request, Room room, std::optional<std::uint64_t> after,
                                         const Reply& reply, MetadataBatch& batch) {
    const Metadata& metadata = request.tables().metadata;
    const std::uint32_t mask = request.irc().subscribed;
    if (!after) batch.add(channel(request.rooms().name(room)), metadata.of_room(room), mask);
    std::uint64_t last = after.value_or(0);
    for (const SlotId member : visible_members_after(request, room, after.value_or(0))) {
        if ((metadata.keys_of_client(member) & mask) == 0) continue;
        if (reply.size() > largest_part) return last;
        batch.add(request.sessions().row(member.slot).name_view(), metadata.of_client(member), mask);
        last = request.sessions().row(member.slot).session;
    }
    return std::nullopt;
}

}  // namespace

MetadataBatch::MetadataBatch(const Request& request, Reply& reply, std::string_view nick, std::uint32_t capabilities,
                             std::string_view type, std::string_view target, bool is_open)
    : reply_(&reply), server_(irc_server_name(request.config())), nick_(nick) {
    if ((capabilities & irc_capability::batch) == 0) return;
    tags_ = "@batch=metadata";
    if ((capabilities & irc_capability::server_time) != 0) tags_ += ";time=" + time_text(request.context->asker.at);
    if (is_open) return;
    std::string line = ":BATCH +metadata " + std::string(type);
    if (!target.empty()) line.append(" ").append(target);
    reply.raw(line);
}

MetadataBatch::MetadataBatch(const Request& request, Reply& reply, std::string_view type, std::string_view target,
                             bool is_open)
    : MetadataBatch(request, reply, request.nick(), request.irc().capabilities, type, target, is_open) {}

void MetadataBatch::take(Reply line) {
    if (tags_.empty()) {
        reply_->lines() += line.lines();
        return;
    }
    std::string text = std::move(line.lines());
    constexpr std::size_t digits = 3;
    if (text.starts_with(':'))
        text.erase(0, 1);
    else
        text.insert(digits, " " + nick_);
    reply_->lines().append("=").append(tags_).append(" :").append(server_).append(" ").append(text);
}

void MetadataBatch::numeric(int number, std::initializer_list<std::string_view> params, std::string_view text) {
    Reply line;
    line.numeric(number, params, text);
    take(std::move(line));
}

void MetadataBatch::numeric(int number, std::initializer_list<std::string_view> params) {
    Reply line;
    line.numeric(number, params);
    take(std::move(line));
}

void MetadataBatch::warn(std::string_view code, std::initializer_list<std::string_view> about, std::string_view text) {
    Reply line;
    line.warn("METADATA", code, about, text);
    take(std::move(line));
}

void MetadataBatch::add(std::string_view target, const MetadataRows& rows, std::uint32_t mask) {
    for (const MetadataRow* row : rows)
        if ((metadata_bit(row->key) & mask) != 0)
            numeric(761, {target, metadata_keys[row->key], "*"}, row->value_view());
}

void MetadataBatch::close() {
    if (!tags_.empty()) reply_->raw(":BATCH -metadata");
}

bool takes_metadata(const Request& request) noexcept {
    return has_capability(request, irc_capability::metadata) && request.tables().metadata.capacity() > 0;
}

std::vector<SlotId> subscribers_in(const Request& request, Room room, std::uint32_t keys) {
    const auto members = request.rooms().members(room);
    return subscribers_among(request, {members.begin(), members.end()}, keys);
}

std::vector<SlotId> subscribers_of_client(const Request& request, std::uint32_t keys) {
    if (!request.is_registered()) return {};
    std::vector<SlotId> clients = request.tables().watches.watchers_of(request.row().name_view());
    for (const Room room : request.rooms().rooms_of(request.client())) {
        const auto members = request.rooms().members(room);
        clients.insert(clients.end(), members.begin(), members.end());
    }
    return subscribers_among(request, std::move(clients), keys);
}

void add_own_metadata(const Request& request, std::string_view nick, const IrcRow& row, Reply& reply) {
    if ((row.capabilities & irc_capability::metadata) == 0) return;
    MetadataBatch batch(request, reply, nick, row.capabilities, metadata_batch, nick);
    batch.add(nick, request.tables().metadata.of_client(request.client()));
    batch.close();
}

void add_later_syncs(const Request& request, std::uint32_t keys, Reply& reply) {
    if (keys == 0 || !request.is_registered()) return;
    for (const Room room : request.rooms().rooms_of(request.client()))
        if (channel_has_values(request, room, keys)) add_later_sync(channel(request.rooms().name(room)), reply);
    for (const WatchRow* watched : request.tables().watches.of(request.client())) {
        const auto client = request.sessions().find_name(watched->name.view());
        if (client && is_visible(request, *client) && (request.tables().metadata.keys_of_client(*client) & keys) != 0)
            add_later_sync(request.sessions().row(client->slot).name_view(), reply);
    }
}

void add_metadata_of(const Request& request, SlotId client, Reply& reply) {
    if (!takes_metadata(request)) return;
    const MetadataRows rows = request.tables().metadata.of_client(client);
    if (!has_values(rows, request.irc().subscribed)) return;
    const std::string_view name = request.sessions().row(client.slot).name_view();
    if (reply.size() > largest_part) return add_later_sync(name, reply);
    MetadataBatch batch(request, reply, metadata_batch, name);
    batch.add(name, rows, request.irc().subscribed);
    batch.close();
}

bool is_part_after_joining(std::string_view cursor) noexcept {
    return cursor == values_part;
}

std::string_view first_part_after_joining(const Request& request, Room room) {
    const bool has_part = takes_metadata(request) && request.irc().subscribed != 0 &&
                          channel_has_values(request, room, request.irc().subscribed);
    return has_part ? values_part : std::string_view{};
}

Reading part_after_joining(const Request& request, Room room, std::uint8_t next_step) {
    const std::string name = channel(request.rooms().name(room));
    Reply reply;
    MetadataBatch batch(request, reply, metadata_batch, name);
    if (add_channel(request, room, std::nullopt, reply, batch)) {
        reply = {};
        add_later_sync(name, reply);
    } else {
        batch.close();
    }
    Reading reading = answer_part(request, std::move(reply), {}, next_step);
    reading.further_lines = 1;  // as a SYNC of each channel
    return reading;
}

// All parts are one batch.
Reading sync_channel(const Request& request, Room room) {
    const std::string_view cursor = request.row().list_cursor_view();
    Reply reply;
    MetadataBatch batch(request, reply, metadata_batch, channel(request.rooms().name(room)), !cursor.empty());
    const auto last = add_channel(request, room, whole_number<std::uint64_t>(cursor), reply, batch);
    if (!last) batch.close();
    return answer_part(request, std::move(reply), last ? std::to_string(*last) : std::string());
}

}  // namespace chat::irc
