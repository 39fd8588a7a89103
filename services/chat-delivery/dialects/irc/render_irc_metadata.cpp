// Changes of metadata, for those who have subscribed to the key.
#include "chat-delivery/dialects/irc/irc_spelling.h"
#include "shared/records/metadata.h"

namespace chat::irc {

// The lines are the same for all receivers, so that they do not name them.
void append_metadata(const WriterContext& context, std::string& out, const Record& record) {
    const auto changed = records::MetadataChanged::of(record);
    const std::string target = changed.room.empty() ? std::string(record.name) : channel_of(changed.room);
    std::string_view rows = changed.rows;
    while (const auto change = take_metadata_change(rows)) {
        begin_numeric(context, out, change->is_set ? 761 : 766, "*");
        append_param(out, target);
        append_param(out, metadata_keys[change->key]);
        if (change->is_set) append_param(out, "*");
        end_line(out, change->is_set ? change->value : key_not_set);
    }
}

}  // namespace chat::irc
