// From lines to one message.
#include "chat-acceptor/dialects/irc/joined_chunks.h"

#include "chat-acceptor/dialects/irc/irc_line.h"
#include "shared/system/secret.h"
#include "shared/text/text_rules.h"

#include <algorithm>

namespace chat::irc {

JoinedChunks::JoinedChunks(std::string_view first, std::string_view following)
    : end_(add(first) ? join(following) : End::too_long) {}

JoinedChunks::~JoinedChunks() {
    wipe(bytes_.data(), bytes_.size());
}

bool JoinedChunks::add(std::string_view chunk) noexcept {
    if (chunk.size() > longest_chunk || chunk.size() > bytes_.size() - size_) return false;
    std::copy(chunk.begin(), chunk.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += chunk.size();
    return true;
}

JoinedChunks::End JoinedChunks::join(std::string_view following) {
    for (;;) {
        const std::size_t size = following.find('\n', used_);
        if (size == std::string_view::npos) return End::missing;
        std::string_view text = following.substr(used_, size - used_);
        if (text.ends_with('\r')) text.remove_suffix(1);
        const Line line = parse_line(text);
        is_interrupted_ = !line.command.empty() && !equal_ignoring_case(line.command, "AUTHENTICATE");
        if (is_interrupted_) return End::missing;
        used_ = size + 1;
        if (line.command.empty()) continue;
        const std::string_view chunk = line.param(0);
        if (chunk == "*") return End::aborted;
        if (chunk == "+") return End::whole;
        if (!add(chunk)) return End::too_long;
        if (chunk.size() < longest_chunk) return End::whole;
    }
}

}  // namespace chat::irc
