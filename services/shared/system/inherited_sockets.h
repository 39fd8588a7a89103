// The descriptors that the service manager hands over at start: listening sockets and stored client sockets
// (sd_listen_fds_with_names(3)).
#pragma once

#include "shared/system/unique_fd.h"

#include <string>
#include <vector>

namespace chat {

struct InheritedSocket {
    std::string name;  // FileDescriptorName= of the socket unit, or FDNAME= of a stored one
    int domain;        // AF_INET, AF_INET6, AF_UNIX
    int type;          // SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET
    bool listening;
    UniqueFd fd;
};

// Takes them all; they are non-blocking and close on exec afterwards. Call once. Throws std::system_error.
[[nodiscard]] std::vector<InheritedSocket> take_inherited_sockets();

// FDSTORE=1: the service manager keeps a copy of the socket and hands it to the next process of this service. It drops
// the copy by itself when the connection has ended in both directions.
void store_socket(int fd, const char* name);

}  // namespace chat
