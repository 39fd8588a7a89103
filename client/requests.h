// The lines that were sent and that the server has not answered yet, each under a tag: what is still here when the
// connection ends was perhaps never heard.
#pragma once

#include "shared/protocol.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// Who sent it, and so what becomes of the answer.
enum class Asker {
    person,     // typed; answers are shown, `ok` is not
    client,     // the client for itself; only errors are shown
    companion,  // a companion, which sees the answers first
};

struct Request {
    std::string tag;
    Asker asker = Asker::person;
    std::string typed;     // for people: what the request is about
    bool is_text = false;  // something said to somebody, not a command
    bool own_tag = false;  // the tag is the person's own
};

class Requests {
  public:
    // A person's lines are taken only while there are fewer than this.
    static constexpr std::size_t most = 1000;

    // Notes a line about to be sent. Its tag is `tag`, or a new one where that is empty; returns it.
    std::string add(Asker asker, std::string typed, bool is_text, std::string_view tag = {});
    // What `line` answers, if anything. A person's request is forgotten with its first answer, another one with its
    // last.
    [[nodiscard]] std::optional<Request> answered(const ServerLine& line);
    [[nodiscard]] bool has_room() const noexcept { return waiting_.size() < most; }
    // Those without an answer, in the order sent; none are left.
    [[nodiscard]] std::vector<Request> take_all();

  private:
    std::vector<Request> waiting_;
    unsigned long long number_ = 0;
};

// `command` with `tag`, as it goes over the wire.
[[nodiscard]] std::string tagged(std::string_view tag, std::string_view command);

}  // namespace chat
