// Bell, notification and title: see attention.h.
#include "client/terminal/attention.h"

#include "shared/text/printable.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

namespace chat {

namespace {

// Notifications may contain markup.
std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : printable(text)) {
        if (c == '<') {
            result += "&lt;";
        } else if (c == '>') {
            result += "&gt;";
        } else if (c == '&') {
            result += "&amp;";
        } else {
            result += c;
        }
    }
    return result;
}

// Starts notify-send and does not wait for it. False: there is none.
bool notify(std::string_view words) {
    // Collects those that have exited since.
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    std::string program = "notify-send";
    std::string application = "--app-name=chat";
    std::string end = "--";
    std::string title = "chat";
    std::string body = escaped(words);
    const std::array<char*, 6> arguments = {program.data(), application.data(), end.data(),
                                            title.data(),   body.data(),        nullptr};
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    pid_t child = 0;
    const int error = ::posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    return error == 0;
}

}  // namespace

Attention::Attention(Terminal& terminal, const Configuration& configuration)
    : terminal_(terminal), notice_(configuration.notice), of_all_(configuration.notice_of_all) {}

void Attention::message(bool for_me, std::string_view words) {
    ++unread_;
    show_count();
    if (for_me || of_all_) alert(words);
}

void Attention::alert(std::string_view words) {
    const auto now = std::chrono::steady_clock::now();
    if (notice_ == Notice::none || now - last_ < least_gap) return;
    last_ = now;
    if (notice_ == Notice::bell || !notify(words)) terminal_.ring();
}

void Attention::mark_present() {
    if (unread_ == 0) return;
    unread_ = 0;
    show_count();
}

void Attention::show_count() {
    terminal_.title(unread_ == 0 ? "chat" : "(" + std::to_string(unread_) + ") chat");
}

}  // namespace chat
