// What happens to files, step by step.
#include "chat-acceptor/desks/transfers.h"

#include "shared/records/file.h"
#include "shared/system/crash_point.h"
#include "shared/text/line.h"

#include <string>
#include <system_error>
#include <utility>

namespace chat {
namespace {

constexpr Microseconds hour = 3'600'000'000;

MessageTarget target_of(const FileRow& file) noexcept {
    return target_of(
        TargetFields{static_cast<MessageScope>(file.scope), file.target_id, file.target_session, file.target.view()});
}

Record from_sender(const FileRow& file, Record record) {
    record.sender = file.sender;
    record.sender_id = file.sender_id;
    record.session = file.session;
    record.name = file.sender_name.view();
    return record;
}

}  // namespace

Transfers::Transfers(Floor& floor)
    : floor_(&floor),
      files_(&floor.tables.files),
      data_port_(
          linger_, [this](const TransferRequest& request, const UniqueFd& fd) { return begin(request, fd); },
          [this](const std::string& peer) {
              const auto address = Address::of_peer(peer);
              const Ban* ban = address ? floor_->bans.find(*address, wall_clock()) : nullptr;
              return ban != nullptr ? std::optional(ban->reason) : std::nullopt;
          },
          floor.proxy_token) {}

void Transfers::accept_connections(int listener, bool is_proxied) {
    if (const int trouble = data_port_.accept_connections(listener, is_proxied); trouble != 0)
        floor_->pressure.pause_newcomers("accepting a data connection: " + std::generic_category().message(trouble));
}

void Transfers::tick() {
    data_port_.tick();
    linger_.tick();
    advance();
}

std::string_view Transfers::begin(const TransferRequest& request, const UniqueFd& fd) {
    const auto transfer = files_->find_ticket(request.upload, request.ticket, steady_clock());
    if (!transfer) return word_of(ErrorCode::bad_ticket);
    if (request.decline) return decline(transfer->row);
    const LinkKind kind = request.upload ? LinkKind::upload : LinkKind::download;
    CHAT_CRASH_POINT("acceptor: before a transfer is handed over");
    const LinkMessage message{kind, {transfer->row, 0}, request.receipts ? 1U : 0U, transfer->file, request.offset};
    if (!floor_->link.try_send(message, fd.get())) return word_of(ErrorCode::busy);
    CHAT_CRASH_POINT("acceptor: transfer handed over");
    return {};
}

std::string_view Transfers::decline(std::uint32_t number) {
    if (is_connected(files_->ticket_words(number), files_->ticket(number).file)) return word_of(ErrorCode::busy);
    if (!floor_->publisher.has_control_room()) return word_of(ErrorCode::busy);
    end_ticket(number, FileEnd::declined);
    CHAT_CRASH_POINT("acceptor: file declined");
    return {};
}

void Transfers::advance() {
    if (files_->empty()) return;
    const Microseconds now = steady_clock();
    for (std::uint32_t row = 0; row < files_->row_count(); ++row)
        if (files_->ticket(row).open != 0) advance_ticket(row, now);
    const std::vector<std::uint32_t> waiting = files_->waiting_receivers();
    for (std::uint32_t row = 0; row < files_->row_count(); ++row) {
        const FileRow& file = files_->file(row);
        if (file.state == FileState::uploading)
            advance_upload(row, now);
        else if (file.state == FileState::offered && waiting[row] == 0 && !may_ask_again(row, now))
            end_file(row, file.receivers > 0 ? FileEnd::delivered : FileEnd::gone);
    }
}

// A sender that was cut off before it received `stored` may ask again: the ticket stays valid after the upload is
// complete.
bool Transfers::may_ask_again(std::uint32_t number, Microseconds now) const {
    const FileRow& file = files_->file(number);
    const TransferWords& words = files_->file_words(number);
    return outcome_of(words, file.id) == TransferOutcome::stored && is_client_here(floor_->segment, file.sender) &&
           is_good(words, file.id, 0, now);
}

void Transfers::advance_ticket(std::uint32_t number, Microseconds now) {
    const TicketRow& ticket = files_->ticket(number);
    const TransferWords& words = files_->ticket_words(number);
    if (outcome_of(words, ticket.file) == TransferOutcome::received)
        end_ticket(number, FileEnd::delivered);
    else if (!is_client_here(floor_->segment, ticket.receiver))
        end_ticket(number, FileEnd::gone);
    else if (ticket.file_row < files_->row_count() && now >= files_->file(ticket.file_row).deadline)
        end_ticket(number, FileEnd::expired);
    else if (!is_good(words, ticket.file, ticket.deadline, now))
        end_ticket(number, FileEnd::lapsed);
}

void Transfers::advance_upload(std::uint32_t number, Microseconds now) {
    const FileRow& file = files_->file(number);
    const TransferWords& words = files_->file_words(number);
    switch (outcome_of(words, file.id)) {
        case TransferOutcome::stored:
        case TransferOutcome::confirmed:
            offer_file(number);
            return;
        case TransferOutcome::bad_hash:
            end_file(number, FileEnd::bad_hash);
            return;
        case TransferOutcome::bad_size:
            end_file(number, FileEnd::bad_size);
            return;
        case TransferOutcome::no_space:
            end_file(number, FileEnd::no_space);
            return;
        case TransferOutcome::none:
        case TransferOutcome::received:
            break;
    }
    if (!is_client_here(floor_->segment, file.sender))
        end_file(number, FileEnd::sender_gone);
    else if (!is_good(words, file.id, file.deadline, now) ||
             has_run_out(words, file.id, file.size, floor_->config.min_kib_per_second, now))
        end_file(number, FileEnd::lapsed);
}

std::vector<SlotId> Transfers::receivers_of(const FileRow& file) const {
    std::vector<SlotId> receivers;
    if (file.scope == static_cast<std::uint8_t>(MessageScope::group)) {
        if (const auto group = floor_->tables.groups.find(whole_number<std::uint32_t>(file.target.view()).value_or(0)))
            receivers = floor_->tables.groups.members(*group);
        std::erase(receivers, file.sender);
        return receivers;
    }
    if (file.scope == static_cast<std::uint8_t>(MessageScope::room)) {
        const Rooms& rooms = floor_->tables.rooms;
        const auto room = rooms.find(file.target.view());
        // A client that was removed from the room while its file was on its way has no receivers there.
        if (room && (!is_client_here(floor_->segment, file.sender) || rooms.is_member(file.sender, *room)))
            for (const SlotId member : rooms.members(*room))
                if (member != file.sender) receivers.push_back(member);
        return receivers;
    }
    if (file.scope == static_cast<std::uint8_t>(MessageScope::direct) && is_client_here(floor_->segment, file.receiver))
        receivers.push_back(file.receiver);
    return receivers;
}

void Transfers::offer_file(std::uint32_t number) {
    if (!floor_->publisher.has_control_room()) return;
    const FileRow& file = files_->file(number);
    const std::vector<SlotId> receivers = receivers_of(file);
    const std::vector<std::uint32_t> rows = files_->find_free_tickets(receivers.size());
    if (rows.size() < receivers.size()) {
        // Rows become free as other transfers end; but if there are more receivers than rows, this file can never be
        // offered.
        if (receivers.size() > files_->row_count()) end_file(number, FileEnd::expired);
        return;
    }
    const Microseconds now = steady_clock();
    std::string tickets;
    for (std::size_t i = 0; i < receivers.size(); ++i)
        append_ticket_info(tickets, {rows[i], floor_->tables.sessions.row(receivers[i].slot).session, new_ticket()});
    const records::FileOffered offered{.to = target_of(file),
                                       .size = file.size,
                                       .port = floor_->act_context.data_port,
                                       .tls_port = static_cast<std::uint16_t>(floor_->config.tls_data_port),
                                       .file = {file.id, number, now + ticket_life,
                                                now + floor_->config.keep_hours * hour, file.sha256, file.name.view()},
                                       .tickets = tickets,
                                       .receivers = receivers};
    std::string text;
    floor_->publish(from_sender(file, offered.record(text)));
}

// Each offer needs the full reserve, so that the queue still has room for the answer.
void Transfers::offer_stored_files(std::uint64_t session) {
    if (files_->empty()) return;
    for (std::uint32_t row = 0; row < files_->row_count() && floor_->publisher.has_room(); ++row) {
        const FileRow& file = files_->file(row);
        if (file.state != FileState::uploading || file.session != session) continue;
        const TransferOutcome outcome = outcome_of(files_->file_words(row), file.id);
        if (outcome == TransferOutcome::stored || outcome == TransferOutcome::confirmed) offer_file(row);
    }
}

void Transfers::end_ticket(std::uint32_t number, FileEnd end) {
    if (!floor_->publisher.has_control_room()) return;
    const TicketRow& ticket = files_->ticket(number);
    if (ticket.file_row >= files_->row_count()) return;
    const FileRow& file = files_->file(ticket.file_row);
    FileEndInfo info{.id = ticket.file, .file_row = ticket.file_row, .ticket_row = number, .receiver = ticket.session};
    // The row stays after its client has left, until another one has it.
    const ClientRow& receiver = floor_->tables.sessions.row(ticket.receiver.slot);
    if (receiver.session == ticket.session) {
        info.receiver_id = receiver.client_id;
        info.receiver_name = receiver.name_view();
        info.file_name = file.name.view();
    }
    const records::TicketEnded ended{end, info, target_of(file), file.size};
    std::string text;
    floor_->publish(from_sender(file, ended.record(text)));
}

void Transfers::end_file(std::uint32_t number, FileEnd end) {
    if (!floor_->publisher.has_control_room()) return;
    const FileRow& file = files_->file(number);
    const records::FileEnded ended{end, {.id = file.id, .file_row = number}, target_of(file), file.size};
    std::string text;
    floor_->publish(from_sender(file, ended.record(text)));
}

}  // namespace chat
