// Questions and answers over UDP, either of which may get lost.
#pragma once

#include "client/net/server_address.h"
#include "shared/system/unique_fd.h"

#include <chrono>
#include <string>
#include <string_view>

namespace chat {

enum class DatagramOutcome {
    answered,
    timeout,  // nothing came back: lost, or there is no server
    refused,  // the machine reports that no server is there
};

struct DatagramAnswer {
    DatagramOutcome outcome;
    std::string text;  // what came back, without a line end; not fit for a terminal as it is
};

class Datagrams {
  public:
    // Throws NoServer if the address cannot be found.
    explicit Datagrams(const ServerAddress& server);

    // Sends `question` and waits at most `timeout` for the answer, skipping late answers to earlier
    // questions. Questions are at most 64 KiB.
    [[nodiscard]] DatagramAnswer ask(std::string_view question, std::chrono::milliseconds timeout);

  private:
    UniqueFd socket_;
};

}  // namespace chat
