// The operator's socket while there is no segment yet: every call is answered at once with what the server waits for.
#pragma once

#include "chat-acceptor/admin/admin_socket.h"
#include "shared/system/inherited_sockets.h"

#include <string>
#include <vector>

namespace chat {

class WaitingAdmin {
  public:
    // Listens on copies of those of the sockets that are the operators'.
    WaitingAdmin(EventLoop& loop, const std::vector<InheritedSocket>& sockets);

    void set_reason(std::string reason) { reason_ = std::move(reason); }

  private:
    std::string reason_;
    AdminSocket socket_;
};

}  // namespace chat
