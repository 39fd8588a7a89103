// Varlink (https://varlink.org), the protocol of the operator's socket: JSON objects, each terminated by a NUL byte. A
// call names a method; the answer is one reply or, with `more`, a series of them, all but the last marked `continues`.
#pragma once

#include "shared/text/json.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace chat::varlink {

struct Call {
    std::string method;  // org.chat.Admin.Status
    Json parameters = Json::object();
    bool more = false;    // the caller accepts several replies
    bool oneway = false;  // the caller wants no reply
};

struct Reply {
    Json parameters = Json::object();
    std::string error;  // name of the error; empty: none
    bool continues = false;
};

// A message with its NUL. Invalid UTF-8 is replaced.
[[nodiscard]] std::string encode(const Call& call);
[[nodiscard]] std::string encode(const Reply& reply);

// Parses a message without its NUL; empty for anything that is not a call or a reply.
[[nodiscard]] std::optional<Call> parse_call(std::string_view message);
[[nodiscard]] std::optional<Reply> parse_reply(std::string_view message);

// Splits a stream into messages of at most `most` bytes.
class MessageSplitter {
  public:
    explicit MessageSplitter(std::size_t most) noexcept : most_(most) {}

    void add(std::string_view bytes) { buffer_ += bytes; }
    // The next complete message, without its NUL; valid until the next call on this object.
    [[nodiscard]] std::optional<std::string_view> next();
    // A message, complete or not, is longer than allowed: this stream cannot continue.
    [[nodiscard]] bool is_overlong() const noexcept { return overlong_; }
    [[nodiscard]] bool empty() const noexcept { return taken_ == buffer_.size(); }

  private:
    std::size_t most_;
    std::string buffer_;
    std::size_t taken_ = 0;     // bytes of the buffer that were returned
    std::size_t searched_ = 0;  // there is no NUL in [taken, searched)
    bool overlong_ = false;
};

}  // namespace chat::varlink
