// /sendfile: is there a receiver, is there room, and may the file be sent? The bytes travel on a separate connection.
#include "shared/records/file.h"

#include "chat-acceptor/acts/perform.h"
#include "shared/text/file_name.h"

#include <variant>

namespace chat {
namespace {

constexpr std::uint64_t mib = 1024 * 1024;

// Whoever is to receive the file; or the refusal.
struct Destination {
    MessageTarget to;
    SlotId receiver = {};  // of one client
};
using Found = std::variant<Destination, Draft>;

Found to_room(const ActContext& context, const Asker& asker, std::string_view name) {
    const Rooms& rooms = context.tables->rooms;
    const auto room = rooms.find(name);
    if (!room) return refuse_unknown_room(name);
    if (!rooms.is_member(asker.client, *room))
        return Draft::refusal(ErrorCode::not_a_member, "You are not in the room " + std::string(name));
    if (rooms.members(*room).size() > context.tables->files.row_count())
        return Draft::refusal(ErrorCode::busy, "The room has too many members to send a file to");
    return Destination{ToRoom{rooms.name(*room)}};
}

Found to_group(const ActContext& context, const Asker& asker, const GroupReference& reference) {
    const auto group = find_group(context, reference);
    if (!group) return refuse_unknown_group(reference.word);
    if (context.tables->groups.standing(*group, asker.client) != Standing::member)
        return Draft::refusal(ErrorCode::not_a_member, "You are not in the group " + std::string(reference.word));
    return Destination{ToGroup{reference.word}};
}

Found to_client(const ActContext& context, const Asker& asker, const ClientReference& reference) {
    const auto client = find_client(context, reference);
    if (!client) return refuse_unknown_client(reference.word);
    if (*client == asker.client) return Draft::refusal(ErrorCode::self, "That is you");
    const ClientRow& row = context.tables->sessions.row(client->slot);
    return Destination{ToClient{row.client_id, row.session, row.name_view()}, *client};
}

Found find_destination(const ActContext& context, const Asker& asker, const FileTarget& target) {
    switch (target.kind) {
        case FileTarget::Kind::room:
            return to_room(context, asker, target.word);
        case FileTarget::Kind::group:
            return to_group(context, asker, {target.word, target.id});
        case FileTarget::Kind::client:
            break;
    }
    return to_client(context, asker, {target.word, target.id});
}

}  // namespace

Draft perform(const act::OfferFile& act, const ActContext& context, const Asker& asker) {
    const Config& config = *context.config;
    if (context.data_port == 0) return Draft::refusal(ErrorCode::forbidden, "This server does not accept files");
    if (!act.size) return Draft::refusal(ErrorCode::bad_size, "The size must be a number of bytes");
    if (!act.sha256)
        return Draft::refusal(ErrorCode::bad_arguments,
                              "Usage: /sendfile TARGET SIZE SHA256 NAME; SHA256 is 64 digits");
    if (!is_file_name(act.name))
        return Draft::refusal(ErrorCode::bad_file_name,
                              "A file name must have 1 to 255 bytes, no / or TAB, and not start with a dot");
    if (*act.size > static_cast<std::uint64_t>(config.largest_file_mb()) * mib)
        return Draft::refusal(ErrorCode::file_too_large,
                              "A file can have at most " + std::to_string(config.largest_file_mb()) + " MiB");
    Found found = find_destination(context, asker, act.to);
    if (auto* refusal = std::get_if<Draft>(&found)) return std::move(*refusal);
    const auto& destination = std::get<Destination>(found);

    const Files& files = context.tables->files;
    std::size_t count = files.files_of(asker.row->session);
    std::uint64_t bytes = files.bytes_of(asker.row->session);
    for (const Predecessor& predecessor : asker.predecessors) {
        count += files.files_of(predecessor.session);
        bytes += files.bytes_of(predecessor.session);
    }
    if (std::cmp_greater_equal(count, config.max_files_per_client))
        return Draft::refusal(ErrorCode::busy, "You are sending too many files at once; wait until one has arrived");
    const auto row = files.find_free_file();
    if (!row) return Draft::refusal(ErrorCode::busy, "Too many files are being sent; try again later");
    if (bytes + *act.size > static_cast<std::uint64_t>(config.spool_mb_per_client()) * mib)
        return Draft::refusal(ErrorCode::no_space, "Your files in transit can have at most " +
                                                       std::to_string(config.spool_mb_per_client()) +
                                                       " MiB in total; wait until one has arrived");
    if (files.reserved_bytes() + *act.size > static_cast<std::uint64_t>(config.spool_mb) * mib)
        return Draft::refusal(ErrorCode::no_space, "There is not enough space for the file; try again later");

    const records::UploadOffered offered{
        .to = destination.to,
        .size = *act.size,
        .port = asker.row->is_secure != 0 ? static_cast<std::uint16_t>(config.tls_data_port) : context.data_port,
        .info = {.row = *row,
                 .deadline = steady_clock() + ticket_life,
                 .receiver = destination.receiver,
                 .ticket = new_ticket(),
                 .sha256 = *act.sha256,
                 .name = act.name}};
    std::string text;
    const Record record = offered.record(text);
    return Draft(record).with_text(std::move(text));
}

}  // namespace chat
