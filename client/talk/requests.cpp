// Lines that wait for their answer: see requests.h.
#include "client/talk/requests.h"

#include <algorithm>
#include <array>
#include <utility>

namespace chat {

namespace {

// Lines of a listing: its `end` is still to come. After those of the second kind a person's request goes on, too.
constexpr std::array<std::string_view, 4> listing_rows = {"client", "room", "group", "help"};
constexpr std::array<std::string_view, 3> rows_for_all = {"history", "unread", "kept"};

template <typename Rows>
bool is_one_of(const Rows& rows, const ServerLine& line) {
    return std::find(rows.begin(), rows.end(), line.kind) != rows.end();
}

bool is_last(const Request& request, const ServerLine& line) {
    if (is_one_of(rows_for_all, line)) return false;
    return request.asker == Asker::person || !is_one_of(listing_rows, line);
}

}  // namespace

std::string Requests::add(Request request) {
    request.own_tag = !request.tag.empty();
    if (!request.own_tag) request.tag = "c" + std::to_string(++number_);
    return waiting_.emplace_back(std::move(request)).tag;
}

std::optional<Request> Requests::answered(const ServerLine& line) {
    const auto tag = line.field("tag");
    if (!tag) return std::nullopt;
    const auto found =
        std::find_if(waiting_.begin(), waiting_.end(), [&tag](const Request& request) { return request.tag == *tag; });
    if (found == waiting_.end()) return std::nullopt;
    Request request = *found;
    if (is_last(request, line)) waiting_.erase(found);
    return request;
}

std::vector<Request> Requests::take_all() {
    return std::exchange(waiting_, {});
}

bool is_quit_too_fast(const ServerLine& line) {
    return line.kind == "error" && line.value("code") == "too-fast" && !line.field("tag");
}

std::string tagged(std::string_view tag, std::string_view command) {
    return "@" + std::string(tag) + " " + std::string(command);
}

}  // namespace chat
