// The connection to the server's socket: calls and their replies.
#pragma once

#include "shared/system/unique_fd.h"
#include "shared/system/varlink.h"

#include <chrono>
#include <optional>
#include <string>

namespace chat {

class Server {
  public:
    // Connects. Throws Failure with exit_no_server or exit_not_allowed if that fails.
    Server(const std::string& path, std::chrono::milliseconds timeout);

    // Sends the call. Throws Failure with exit_lost.
    void send(const varlink::Call& call);
    // Waits for the next reply. Throws Failure: exit_lost if the connection ends or `timeout` is over, exit_bad_reply
    // for anything but a reply.
    [[nodiscard]] varlink::Reply receive();
    // The same without a time limit. Empty: one of the signals of stop_at_signals() came.
    [[nodiscard]] std::optional<varlink::Reply> receive_some_time();

  private:
    // False: stopped by a signal, which happens only without a limit.
    [[nodiscard]] bool wait_for_input(bool limited);
    [[nodiscard]] std::optional<varlink::Reply> receive(bool limited);

    UniqueFd fd_;
    std::chrono::steady_clock::time_point until_;
    std::chrono::milliseconds timeout_;
    varlink::MessageSplitter input_;
};

// From now on SIGINT and SIGTERM only end a wait without a time limit.
void stop_at_signals();
[[nodiscard]] bool was_stopped() noexcept;
void sleep_unless_stopped(std::chrono::milliseconds time);

}  // namespace chat
