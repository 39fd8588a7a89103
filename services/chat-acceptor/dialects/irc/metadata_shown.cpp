// Metadata in the answers to other commands, and of whole channels.
#include "chat-acceptor/dialects/irc/capabilities.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "chat-acceptor/dialects/irc/metadata.h"
#include "shared/records/metadata.h"
#include "shared/system/clock.h"
#include "shared/text/line.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace chat::irc {
namespace {

constexpr std::string_view values_part = "values";
constexpr std::string_view news_part = "news";

std::vector<SlotId> subscribers_among(const Request& request, std::vector<SlotId> clients, std::uint32_t keys) {
    std::erase_if(clients, [&](SlotId client) {
        if (client == request.client() || !speaks_irc(request, client)) return true;
        const IrcRow& row = request.sessions().irc_row(client.slot);
        return (row.capabilities & irc_capability::metadata) == 0 || (row.subscribed & keys) == 0;
    });
    std::sort(clients.begin(), clients.end(), [](SlotId one, SlotId other) { return one.slot < other.slot; });
    clients.erase(std::unique(clients.begin(), clients.end()), clients.end());
    return clients;
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

// Of the channel itself, unless a session is given, then of the members who follow this session, in the order of their
// sessions, until the part is full: then the last session that it has. Empty: it has all of them.
std::optional<std::uint64_t> add_channel(const Request& request, Room room, std::optional<std::uint64_t> after,
                                         const Reply& reply, MetadataBatch& batch) {
    const Metadata& metadata = request.tables().metadata;
    const std::uint32_t mask = request.irc().subscribed;
    const auto session_of = [&](SlotId client) { return request.sessions().row(client.slot).session; };
    if (!after) batch.add(channel(request.rooms().name(room)), metadata.of_room(room), mask);
    std::vector<SlotId> members;
    for (const SlotId member : request.rooms().members(room))
        if (session_of(member) > after.value_or(0) && (metadata.keys_of_client(member) & mask) != 0 &&
            is_visible(request, member))
            members.push_back(member);
    std::sort(members.begin(), members.end(), [&](SlotId a, SlotId b) { return session_of(a) < session_of(b); });
    std::uint64_t last = after.value_or(0);
    for (const SlotId member : members) {
        if (reply.size() > largest_part) return last;
        batch.add(request.sessions().row(member.slot).name_view(), metadata.of_client(member), mask);
        last = session_of(member);
    }
    return std::nullopt;
}

}  // namespace

MetadataBatch::MetadataBatch(const Request& request, Reply& reply, std::string_view nick, std::uint32_t capabilities,
                             std::string_view type, std::string_view target)
    : reply_(&reply), server_(irc_server_name(request.config())), nick_(nick) {
    if ((capabilities & irc_capability::batch) == 0) return;
    tags_ = "@batch=metadata";
    if ((capabilities & irc_capability::server_time) != 0) tags_ += ";time=" + time_text(request.context->asker.at);
    std::string line = ":BATCH +metadata " + std::string(type);
    if (!target.empty()) line.append(" ").append(target);
    reply.raw(line);
}

MetadataBatch::MetadataBatch(const Request& request, Reply& reply, std::string_view type, std::string_view target)
    : MetadataBatch(request, reply, request.nick(), request.irc().capabilities, type, target) {}

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
    if (text.data() == nullptr)
        line.numeric(number, params);
    else
        line.numeric(number, params, text);
    take(std::move(line));
}

void MetadataBatch::fail(std::string_view code, std::initializer_list<std::string_view> about, std::string_view text) {
    Reply line;
    line.fail("METADATA", code, about, text);
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
        if (reply.size() < largest_part && channel_has_values(request, room, keys))
            reply.numeric(774, {channel(request.rooms().name(room))});
}

void add_metadata_of(const Request& request, SlotId client, Reply& reply) {
    if (!takes_metadata(request) || reply.size() > largest_part) return;
    const MetadataRows rows = request.tables().metadata.of_client(client);
    if (!has_values(rows, request.irc().subscribed)) return;
    const std::string_view name = request.sessions().row(client.slot).name_view();
    MetadataBatch batch(request, reply, metadata_batch, name);
    batch.add(name, rows, request.irc().subscribed);
    batch.close();
}

bool is_part_after_joining(std::string_view cursor) noexcept {
    return cursor == values_part || cursor == news_part;
}

namespace {

bool has_news_of_joining(const Request& request, Room room) {
    const std::uint32_t keys = request.tables().metadata.keys_of_client(request.client());
    return keys != 0 && !subscribers_in(request, room, keys).empty();
}

// No change for the client itself.
Reading tell_of_joining(const Request& request, Room room, std::uint8_t next_step) {
    const MetadataRows own = request.tables().metadata.of_client(request.client());
    std::string rows;
    for (const MetadataRow* row : own) append_metadata_change(rows, {row->key, true, row->value_view()});
    std::string text;
    const Record record = records::MetadataChanged{.rows = rows}.record(text);
    auto receivers = subscribers_in(request, room, request.tables().metadata.keys_of_client(request.client()));
    Draft draft = Draft(record, Receivers(std::move(receivers)))
                      .with_text(std::move(text))
                      .with_name(std::string(request.nick()));
    return {.tag = {}, .answer = std::make_unique<Draft>(std::move(draft)), .next_step = next_step};
}

}  // namespace

std::string_view first_part_after_joining(const Request& request, Room room) {
    if (request.tables().metadata.capacity() == 0) return {};
    if (takes_metadata(request) && request.irc().subscribed != 0 &&
        channel_has_values(request, room, request.irc().subscribed))
        return values_part;
    return has_news_of_joining(request, room) ? news_part : std::string_view{};
}

Reading part_after_joining(const Request& request, Room room, std::uint8_t step, std::uint8_t next_step) {
    if (request.row().list_cursor_view() == news_part) return tell_of_joining(request, room, next_step);
    const std::string name = channel(request.rooms().name(room));
    Reply reply;
    MetadataBatch batch(request, reply, metadata_batch, name);
    if (add_channel(request, room, std::nullopt, reply, batch)) {
        reply = {};
        reply.numeric(774, {name});
    } else {
        batch.close();
    }
    const bool has_news = has_news_of_joining(request, room);
    return answer_part(request, std::move(reply), std::string(has_news ? news_part : std::string_view{}),
                       has_news ? step : next_step);
}

// Each part is a batch of its own.
Reading sync_channel(const Request& request, Room room) {
    Reply reply;
    MetadataBatch batch(request, reply, metadata_batch, channel(request.rooms().name(room)));
    const auto last =
        add_channel(request, room, whole_number<std::uint64_t>(request.row().list_cursor_view()), reply, batch);
    batch.close();
    return answer_part(request, std::move(reply), last ? std::to_string(*last) : std::string());
}

}  // namespace chat::irc
