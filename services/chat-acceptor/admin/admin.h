// The operator's side, put together: the feed of events, the commands and the socket.
#pragma once

#include "chat-acceptor/admin/admin_commands.h"
#include "chat-acceptor/admin/admin_feed.h"
#include "chat-acceptor/admin/admin_socket.h"

#include <string>

namespace chat {

class Admin {
  public:
    // Follows the acceptor's actions from now on.
    Admin(EventLoop& loop, Acceptor& acceptor);

    void listen_on(UniqueFd listener) { socket_.listen_on(std::move(listener)); }
    // Adds an address at which clients are served: "tcp [::]:5000".
    void add_address(std::string address) { context_.listening.push_back(std::move(address)); }
    // Call from time to time.
    void resume_accepting() { socket_.resume_accepting(); }

  private:
    void on_record(const Record& record, bool again);

    AdminFeed feed_;
    AdminContext context_;
    AdminSocket socket_;
    UniqueFd news_;  // readable: there are events that followers have not received
    EventLoop::Registration registration_;
};

}  // namespace chat
