// Listening, and the one answer to every call.
#include "chat-acceptor/admin/waiting_admin.h"

#include <fcntl.h>
#include <sys/socket.h>

namespace chat {

WaitingAdmin::WaitingAdmin(EventLoop& loop, const std::vector<InheritedSocket>& sockets)
    : socket_(loop, [this](const varlink::Call& /*call*/, std::optional<std::uint32_t> /*known_uid*/) {
          return admin_error("Waiting", {{"reason", reason_}});
      }) {
    for (const InheritedSocket& socket : sockets)
        if (socket.domain == AF_UNIX) socket_.listen_on(UniqueFd(::fcntl(socket.fd.get(), F_DUPFD_CLOEXEC, 0)));
}

}  // namespace chat
