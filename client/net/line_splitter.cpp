// Bytes in, lines out: see line_splitter.h.
#include "client/net/line_splitter.h"

namespace chat {

void LineSplitter::add(std::string_view bytes) {
    buffer_.erase(0, begin_);
    seen_ -= begin_;
    begin_ = 0;
    buffer_ += bytes;
}

LineSplitter::Line LineSplitter::finish(std::string_view text) {
    if (text.ends_with('\r')) text.remove_suffix(1);
    Line line;
    line.too_long = skipping_ || text.size() > longest_;
    if (!line.too_long) line.text = text;
    skipping_ = false;
    return line;
}

std::optional<LineSplitter::Line> LineSplitter::next() {
    const std::size_t end = buffer_.find('\n', seen_);
    if (end == std::string::npos) {
        // One byte more than allowed: it could still be the CR of the line's end.
        if (buffer_.size() - begin_ > longest_ + 1) {
            skipping_ = true;
            begin_ = buffer_.size();
        }
        seen_ = buffer_.size();
        return std::nullopt;
    }
    Line line = finish(std::string_view(buffer_).substr(begin_, end - begin_));
    begin_ = seen_ = end + 1;
    return line;
}

std::optional<LineSplitter::Line> LineSplitter::last() {
    if (auto line = next()) return line;
    if (begin_ == buffer_.size() && !skipping_) return std::nullopt;
    Line line = finish(std::string_view(buffer_).substr(begin_));
    begin_ = seen_ = buffer_.size();
    return line;
}

}  // namespace chat
