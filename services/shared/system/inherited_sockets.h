// The descriptors that the service manager passes at startup: listening sockets and stored client sockets
// (sd_listen_fds_with_names(3)).
#pragma once

#include "shared/system/unique_fd.h"

#include <string>
#include <vector>

namespace chat {

struct InheritedSocket {
    std::string name;  // FileDescriptorName= of the socket unit, or FDNAME= of a stored socket
    int domain;        // AF_INET, AF_INET6, AF_UNIX
    int type;          // SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET
    bool listening;
    UniqueFd fd;
};

// Takes all of them and makes them non-blocking and close-on-exec. Call once. Throws std::system_error.
[[nodiscard]] std::vector<InheritedSocket> take_inherited_sockets();

// FDSTORE=1: the service manager keeps a copy of the socket and passes it to the next process of this service. It drops
// the copy automatically when the connection has ended in both directions.
void store_socket(int fd, const char* name);

}  // namespace chat
