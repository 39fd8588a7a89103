// Batches, and lines for those who do not know them.
#include "chat-delivery/dialects/irc/irc_text.h"

#include "chat-delivery/dialects/irc/irc_spelling.h"
#include "shared/memory/irc_table.h"
#include "shared/text/pieces.h"

#include <vector>

namespace chat::irc {
namespace {

void append_batch(const WriterContext& context, std::string& out, const TextLines& lines,
                  std::span<const TextPiece> pieces) {
    out.append(lines.first_tags).append(lines.opening).append("\r\n");
    for (const TextPiece& piece : pieces) {
        out.append("@batch=lines").append(piece.continues ? ";draft/multiline-concat " : " ");
        out.append(lines.begin).append(" :").append(piece.text).append("\r\n");
    }
    out.append(lines.further_tags).append(":").append(context.server_name).append(" BATCH -lines\r\n");
}

}  // namespace

void append_lines_of_text(const WriterContext& context, std::string& out, const TextLines& lines) {
    const std::string_view before = lines.is_action ? " :\x01"
                                                      "ACTION "
                                                    : " :";
    const std::string_view after = lines.is_action ? "\x01" : "";
    const std::size_t most = longest_line - lines.begin.size() - before.size() - after.size();
    const bool takes_batches =
        hears(context, irc_capability::multiline) && hears(context, irc_capability::batch) && !lines.is_action;
    const std::vector<TextPiece> pieces =
        pieces_of(lines.text, most, takes_batches ? SplitSpace::kept : SplitSpace::dropped, lines.joints);
    if (takes_batches && pieces.size() > 1) return append_batch(context, out, lines, pieces);
    std::string_view tags = lines.first_tags;
    for (const TextPiece& piece : pieces) {
        if (piece.text.empty() && pieces.size() > 1) continue;  // others get no blank lines
        out.append(tags).append(lines.begin).append(before).append(piece.text).append(after).append("\r\n");
        tags = lines.further_tags;
    }
}

}  // namespace chat::irc
