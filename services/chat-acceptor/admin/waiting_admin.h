// The operator's socket while there is no segment yet: every call is answered at once with the reason for waiting.
#pragma once

#include "chat-acceptor/admin/admin_socket.h"
#include "shared/system/inherited_sockets.h"

#include <string>
#include <vector>

namespace chat {

class WaitingAdmin {
  public:
    // Listens on copies of the operators' sockets among `sockets`.
    WaitingAdmin(EventLoop& loop, const std::vector<InheritedSocket>& sockets);

    void set_reason(std::string reason) { reason_ = std::move(reason); }

  private:
    std::string reason_;
    AdminSocket socket_;
};

}  // namespace chat
