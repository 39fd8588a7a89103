// The desk for files: the port for their bytes, which transfers may begin, when a file is offered and when it ends.
// Everything follows from the rows and from delivery's words beside them, so that a successor finds the same work to
// do.
#pragma once

#include "chat-acceptor/clients/data_port.h"
#include "chat-acceptor/floor.h"
#include "shared/records/file.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

class Transfers {
  public:
    explicit Transfers(Floor& floor);

    // Call before anything is read: the port at which tickets are valid.
    void set_data_port(std::uint16_t port) noexcept { floor_->act_context.data_port = port; }
    void accept_connections(int listener, bool is_proxied);
    [[nodiscard]] int connections_fd() const noexcept { return data_port_.epoll_fd(); }
    void serve_connections() { data_port_.serve(); }

    // Offers what is stored, and ends what has timed out, was received, or has lost its sender or receivers.
    void advance();
    // Offers what this session's sender has uploaded, before the answer to a command: the sender first receives the
    // report whether its file had any receiver. There must be room in the queue, and there is still room for the answer
    // afterwards.
    void offer_stored_files(std::uint64_t session);

    void tick();
    [[nodiscard]] bool is_ticking() const noexcept {
        return !data_port_.empty() || !linger_.empty() || !files_->empty();
    }

  private:
    [[nodiscard]] std::string_view begin(const TransferRequest& request, const UniqueFd& fd);
    // The receiver with this ticket does not want the file.
    [[nodiscard]] std::string_view decline(std::uint32_t number);
    void advance_ticket(std::uint32_t row, Microseconds now);
    void advance_upload(std::uint32_t row, Microseconds now);
    [[nodiscard]] bool may_ask_again(std::uint32_t row, Microseconds now) const;
    void offer_file(std::uint32_t row);
    void end_ticket(std::uint32_t row, FileEnd end);
    void end_file(std::uint32_t row, FileEnd end);
    [[nodiscard]] std::vector<SlotId> receivers_of(const FileRow& file) const;

    Floor* floor_;
    Files* files_;
    Linger linger_;
    DataPort data_port_;
};

}  // namespace chat
