// /sendfile: is there a receiver, is there room, and may it be sent? The bytes come by a connection of their own.
#include "chat-acceptor/commands.h"
#include "shared/file_name.h"
#include "shared/file_record.h"
#include "shared/hex.h"
#include "shared/line.h"

namespace chat {
namespace {

constexpr std::uint64_t mib = 1024 * 1024;

bool is_group_id(std::string_view word) noexcept {
    constexpr std::size_t digits = 4;
    return word.size() == digits && whole_number<std::uint32_t>(word);
}

std::optional<Record> to_room(CommandContext& context, const Request& request, std::string_view word, Record& record) {
    const std::string_view name = without_hash(word);
    const auto room = context.rooms->find(name);
    if (!room) return refuse_unknown_room(context, name);
    if (!context.rooms->is_member(request.client, *room))
        return refuse(context, ErrorCode::not_a_member, "You are not in the room " + std::string(name));
    if (context.rooms->members(*room).size() > context.files->row_count())
        return refuse(context, ErrorCode::busy, "There are more clients in the room than a file can go to");
    record.scope = static_cast<std::uint8_t>(MessageScope::room);
    record.target = context.rooms->name(*room);
    return std::nullopt;
}

std::optional<Record> to_group(CommandContext& context, const Request& request, std::string_view word, Record& record) {
    const auto group = is_group_id(word) ? find_group(context, word) : std::nullopt;
    if (!group) return refuse_unknown_group(context, word);
    if (context.groups->standing(*group, request.client) != Standing::member)
        return refuse(context, ErrorCode::not_a_member, "You are not in the group " + std::string(word));
    record.scope = static_cast<std::uint8_t>(MessageScope::group);
    record.target = word;
    return std::nullopt;
}

// Who is to get it: fills in the target and, where that is one client, the receiver. Or the record of an error.
std::optional<Record> find_target(CommandContext& context, const Request& request, std::string_view target,
                                  Record& record, SlotId& receiver) {
    constexpr std::string_view room_prefix = "room:";
    constexpr std::string_view group_prefix = "group:";
    if (target.starts_with(room_prefix)) return to_room(context, request, target.substr(room_prefix.size()), record);
    if (target.starts_with(group_prefix)) return to_group(context, request, target.substr(group_prefix.size()), record);
    if (is_group_id(target)) return to_group(context, request, target, record);
    const auto client = find_client(context, target);
    if (!client) return refuse(context, ErrorCode::no_such_client, "There is no client " + std::string(target));
    if (*client == request.client) return refuse(context, ErrorCode::self, "That is you");
    const ClientRow& row = context.sessions->row(client->slot);
    record.scope = static_cast<std::uint8_t>(MessageScope::direct);
    record.target_id = row.client_id;
    record.target_session = row.session;
    record.target = row.name_view();
    receiver = *client;
    return std::nullopt;
}

}  // namespace

Record handle_sendfile(CommandContext& context, const Request& request) {
    const auto [target, after_target] = split_first_word(request.text);
    const auto [size_text, after_size] = split_first_word(after_target);
    const auto [sum_text, name] = split_first_word(after_size);
    if (context.data_port == 0) return refuse(context, ErrorCode::forbidden, "This server takes no files");
    const auto size = whole_number<std::uint64_t>(size_text);
    if (!size) return refuse(context, ErrorCode::bad_size, "The size is a number of bytes");
    const auto sum = read_hex<Sha256Sum>(sum_text);
    if (!sum)
        return refuse(context, ErrorCode::bad_arguments,
                      "Usage: /sendfile TARGET SIZE SHA256 NAME; SHA256 is 64 digits");
    if (!is_file_name(name))
        return refuse(context, ErrorCode::bad_file_name,
                      "A file's name has 1-255 bytes, no / and no TAB, and does not start with a dot");
    if (*size > static_cast<std::uint64_t>(context.config->max_file_mb) * mib)
        return refuse(context, ErrorCode::file_too_large,
                      "A file may have " + std::to_string(context.config->max_file_mb) + " MiB at most");
    Record record;
    UploadInfo info{};
    if (auto error = find_target(context, request, target, record, info.receiver)) return *error;

    const Files& files = *context.files;
    if (std::cmp_greater_equal(files.files_of(request.row->session), context.config->max_files_per_client))
        return refuse(context, ErrorCode::busy, "Too many of your files are on their way; wait for one to arrive");
    const auto row = files.find_free_file();
    if (!row) return refuse(context, ErrorCode::busy, "Too many files are on their way; try again later");
    if (files.reserved_bytes() + *size > static_cast<std::uint64_t>(context.config->spool_mb) * mib)
        return refuse(context, ErrorCode::no_space, "There is no room for the file now; try again later");

    info.row = *row;
    info.deadline = steady_clock() + ticket_life;
    info.ticket = new_ticket();
    info.sha256 = *sum;
    info.name = name;
    context.text.clear();
    append_upload_info(context.text, info);
    record.kind = RecordKind::upload_offered;
    record.value = *size;
    record.number = context.data_port;
    record.text = context.text;
    return record;
}

}  // namespace chat
