// Line breaks first, then joints, then what is still too long.
#include "shared/text/pieces.h"

#include "shared/text/text_rules.h"

#include <algorithm>

namespace chat {
namespace {

// Without a line break or a joint in it.
void add_pieces(std::vector<TextPiece>& pieces, std::string_view text, std::size_t most, SplitSpace space,
                bool continues) {
    if (text.size() <= most) {
        pieces.push_back({text, continues});
        return;
    }
    while (!text.empty()) {
        const std::string_view rest = text;
        const bool is_last = text.size() <= most;
        std::string_view piece = take_piece(text, is_last || space == SplitSpace::dropped ? most : most - 1);
        if (space == SplitSpace::kept) piece = rest.substr(0, rest.size() - text.size());
        pieces.push_back({piece, continues});
        continues = true;
    }
}

}  // namespace

std::vector<TextPiece> pieces_of(std::string_view text, std::size_t most, SplitSpace space,
                                 std::span<const std::uint16_t> joints) {
    std::vector<TextPiece> pieces;
    std::size_t begin = 0;
    bool continues = false;
    for (;;) {
        const std::size_t line_end = std::min(text.find('\n', begin), text.size());
        while (!joints.empty() && joints.front() <= begin) joints = joints.subspan(1);
        const bool is_joint = !joints.empty() && joints.front() < line_end;
        const std::size_t end = is_joint ? joints.front() : line_end;
        add_pieces(pieces, text.substr(begin, end - begin), most, space, continues);
        if (end == text.size()) return pieces;
        continues = is_joint;
        begin = is_joint ? end : end + 1;
    }
}

}  // namespace chat
