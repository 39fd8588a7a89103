// One connection for each question.
#include "chat-auth/script.h"

#include "shared/system/unique_fd.h"
#include "shared/text/json.h"
#include "shared/text/text_rules.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace chat {
namespace {

constexpr std::size_t most_answer = 65'536;  // bytes
constexpr std::size_t most_nested = 8;
constexpr std::size_t most_problem = 512;  // bytes

ScriptVerdict trouble(const AuthRequest& request, const std::string& problem) {
    return {.name = "the program at " + request.script + ": " + problem};
}

std::string last_error() {
    return std::generic_category().message(errno);
}

// False when the time is up.
bool wait_for(int fd, short events, Microseconds due) {
    pollfd watched{fd, events, 0};
    for (;;) {
        const Microseconds left = due - steady_clock();
        if (left <= 0) return false;
        const int ready = ::poll(&watched, 1, static_cast<int>(left / 1000 + 1));
        if (ready > 0) return true;
        if (ready == 0 || errno != EINTR) return false;
    }
}

}  // namespace

ScriptVerdict ask_script(const AuthRequest& request, Microseconds timeout) {
    const Microseconds due = steady_clock() + timeout;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (request.script.size() >= sizeof address.sun_path) return trouble(request, "its path is too long");
    std::memcpy(address.sun_path, request.script.c_str(), request.script.size());
    const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return trouble(request, last_error());
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return trouble(request, last_error());

    const std::string question = Json{{"accountName", request.name},
                                      {"passphrase", request.secret.view()},
                                      {"certfp", request.fingerprint},
                                      {"ip", request.address}}
                                     .dump() +
                                 '\n';
    std::size_t sent = 0;
    while (sent < question.size()) {
        if (!wait_for(fd.get(), POLLOUT, due)) return trouble(request, "no answer");
        const ssize_t size = ::send(fd.get(), question.data() + sent, question.size() - sent, MSG_NOSIGNAL);
        if (size < 0 && errno != EAGAIN && errno != EINTR) return trouble(request, last_error());
        if (size > 0) sent += static_cast<std::size_t>(size);
    }
    std::string text;
    while (text.find('\n') == std::string::npos) {
        if (text.size() > most_answer) return trouble(request, "its answer is too long");
        if (!wait_for(fd.get(), POLLIN, due)) return trouble(request, "no answer");
        std::array<char, 4096> bytes;
        const ssize_t size = ::recv(fd.get(), bytes.data(), bytes.size(), 0);
        if (size < 0 && errno != EAGAIN && errno != EINTR) return trouble(request, last_error());
        if (size == 0) break;
        if (size > 0) text.append(bytes.data(), static_cast<std::size_t>(size));
    }
    const auto answer = Json::parse(std::string_view(text).substr(0, text.find('\n')), most_nested);
    if (!answer || !(*answer)["success"].is_boolean()) {
        const std::string problem = answer ? (*answer)["error"].text() : "";
        const bool says_why = !problem.empty() && problem.size() <= most_problem && is_clean_text(problem);
        return trouble(request, says_why ? problem : "its answer is not understood");
    }
    return {.came = true, .is_right = (*answer)["success"].boolean(), .name = (*answer)["accountName"].text()};
}

}  // namespace chat
