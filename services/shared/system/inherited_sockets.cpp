// LISTEN_FDS and FDSTORE.
#include "shared/system/inherited_sockets.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <cstdlib>
#include <system_error>

namespace chat {
namespace {

int socket_option(int fd, int option) {
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : 0;
}

}  // namespace

std::vector<InheritedSocket> take_inherited_sockets() {
    char** names = nullptr;
    const int count = sd_listen_fds_with_names(1, &names);
    if (count < 0) throw std::system_error(-count, std::generic_category(), "receiving inherited sockets");
    std::vector<InheritedSocket> sockets;
    for (int i = 0; i < count; ++i) {
        UniqueFd fd(SD_LISTEN_FDS_START + i);
        const int flags = ::fcntl(fd.get(), F_GETFL);
        if (flags < 0 || ((flags & O_NONBLOCK) == 0 && ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0))
            throw std::system_error(errno, std::generic_category(), "preparing an inherited socket");
        sockets.push_back({names[i], socket_option(fd.get(), SO_DOMAIN), socket_option(fd.get(), SO_TYPE),
                           socket_option(fd.get(), SO_ACCEPTCONN) != 0, std::move(fd)});
        std::free(names[i]);
    }
    std::free(names);
    return sockets;
}

void store_socket(int fd, const char* name) {
    sd_pid_notify_with_fds(0, 0, (std::string("FDSTORE=1\nFDNAME=") + name).c_str(), &fd, 1);
}

}  // namespace chat
