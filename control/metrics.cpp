// Spelling and a little of HTTP.
#include "control/metrics.h"

#include "control/asking.h"
#include "control/exit_status.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

namespace chat {
namespace {

constexpr std::size_t most_request = 8192;                // bytes
constexpr std::chrono::milliseconds http_timeout{5'000};  // for the request, and again for the response
constexpr std::string_view content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '\\' || c == '"') result += '\\';
        if (c == '\n')
            result += "\\n";
        else
            result += c;
    }
    return result;
}

std::string sample_line(const std::string& name, const Json& sample) {
    std::string labels;
    for (const auto& [key, value] : sample["labels"].members())
        labels += (labels.empty() ? "{" : ",") + key + "=\"" + escaped(value.text()) + '"';
    if (!labels.empty()) labels += '}';
    return name + labels + ' ' + sample["value"].dump() + '\n';
}

std::string_view ending_of(const std::string& type) noexcept {
    return type == "counter" ? "_total" : type == "info" ? "_info" : "";
}

std::string response(std::string_view status, std::string_view type, std::string_view body,
                     std::string_view more = {}) {
    std::string text = "HTTP/1.1 ";
    text.append(status).append("\r\nContent-Type: ").append(type);
    text.append("\r\nContent-Length: ").append(std::to_string(body.size())).append("\r\n").append(more);
    return text.append("Connection: close\r\n\r\n").append(body);
}

std::string plain(std::string_view status, const std::string& body, std::string_view more = {}) {
    return response(status, "text/plain; charset=utf-8", body + '\n', more);
}

bool wait_for(short events, std::chrono::steady_clock::time_point until, int fd) {
    using namespace std::chrono;
    pollfd watched{fd, events, 0};
    for (;;) {
        const auto left = duration_cast<milliseconds>(until - steady_clock::now()).count();
        if (left <= 0) return false;
        const int ready = ::poll(&watched, 1, static_cast<int>(left));
        if (ready >= 0) return ready > 0;
        if (errno != EINTR) return false;
    }
}

// Up to the empty line, the end of the stream, the limit or the time.
std::string read_request(int fd) {
    const auto until = std::chrono::steady_clock::now() + http_timeout;
    std::string request;
    while (request.size() < most_request && request.find("\r\n\r\n") == std::string::npos &&
           wait_for(POLLIN, until, fd)) {
        std::array<char, 2048> bytes;
        const ssize_t size = ::recv(fd, bytes.data(), std::min(bytes.size(), most_request - request.size()), 0);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) break;
        request.append(bytes.data(), static_cast<std::size_t>(size));
    }
    return request;
}

void write_response(int fd, std::string_view rest) {
    const auto until = std::chrono::steady_clock::now() + http_timeout;
    while (!rest.empty() && wait_for(POLLOUT, until, fd)) {
        const ssize_t size = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size < 0 && errno != EINTR && errno != EAGAIN) return;
        if (size > 0) rest.remove_prefix(static_cast<std::size_t>(size));
    }
    // What it still sends is read, so that the end of the connection does not reset what it has not read yet.
    (void)::shutdown(fd, SHUT_WR);
    std::array<char, 2048> ignored;
    while (wait_for(POLLIN, until, fd) && ::recv(fd, ignored.data(), ignored.size(), 0) > 0) continue;
}

}  // namespace

std::string open_metrics(const Json& metrics) {
    std::string text;
    for (const Json& metric : metrics.items()) {
        const std::string& name = metric["name"].text();
        const std::string& type = metric["type"].text();
        text += "# TYPE " + name + ' ' + type + '\n';
        if (metric.contains("unit")) text += "# UNIT " + name + ' ' + metric["unit"].text() + '\n';
        text += "# HELP " + name + ' ' + escaped(metric["help"].text()) + '\n';
        for (const Json& sample : metric["samples"].items())
            text += sample_line(name + std::string(ending_of(type)), sample);
    }
    return text + "# EOF\n";
}

std::string http_response(std::string_view request, const std::function<std::string()>& metrics) {
    const std::string_view line = request.substr(0, request.find("\r\n"));
    const std::size_t method_end = line.find(' ');
    const std::size_t target_end = line.rfind(' ');
    if (method_end == std::string_view::npos || target_end == method_end ||
        !line.substr(target_end + 1).starts_with("HTTP/1.") || request.find("\r\n\r\n") == std::string_view::npos)
        return plain("400 Bad Request", "The request is not understood.");
    const std::string_view method = line.substr(0, method_end);
    std::string_view target = line.substr(method_end + 1, target_end - method_end - 1);
    target = target.substr(0, target.find('?'));
    if (method != "GET" && method != "HEAD")
        return plain("405 Method Not Allowed", "Only GET and HEAD.", "Allow: GET, HEAD\r\n");
    if (target != "/metrics") return plain("404 Not Found", "The metrics are at /metrics.");
    std::string answer;
    try {
        answer = response("200 OK", content_type, metrics());
    } catch (const Failure& failure) {
        answer = plain("503 Service Unavailable", failure.what());
    }
    return method == "HEAD" ? answer.substr(0, answer.find("\r\n\r\n") + 4) : answer;
}

int show_metrics(const Arguments& arguments) {
    const auto metrics = [&arguments] { return open_metrics(ask(arguments, "Metrics")["metrics"]); };
    if (arguments.http) {
        write_response(STDIN_FILENO, http_response(read_request(STDIN_FILENO), metrics));
        return exit_done;
    }
    if (arguments.json)
        print_document(ask(arguments, "Metrics"));
    else
        print(metrics());
    return exit_done;
}

}  // namespace chat
