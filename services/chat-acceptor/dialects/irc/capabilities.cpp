// Their names.
#include "chat-acceptor/dialects/irc/capabilities.h"

#include "chat-acceptor/dialects/irc/commands.h"
#include "shared/records/metadata.h"
#include "shared/text/line.h"

#include <algorithm>
#include <array>

namespace chat::irc {
namespace {

using namespace irc_capability;

struct Capability {
    std::string_view name;
    std::uint32_t bit;
    std::string_view value = {};
};

static_assert(metadata_keys.size() == 12 && max_metadata_value == 300, "what is said below");
constexpr std::array capability_table = {
    Capability{"account-notify", account_notify},
    Capability{"account-tag", account_tag},
    Capability{"away-notify", away_notify},
    Capability{"batch", batch},
    Capability{"cap-notify", cap_notify},
    Capability{"draft/account-registration", account_registration, "before-connect"},
    Capability{"draft/chathistory", chathistory},
    Capability{"draft/event-playback", event_playback},
    Capability{"draft/message-redaction", message_redaction},
    Capability{"draft/metadata-3", metadata, "before-connect,max-subs=12,max-keys=12,max-value-bytes=300"},
    Capability{"draft/multiline", multiline, "max-bytes=4096,max-lines=24"},
    Capability{"draft/read-marker", read_marker},
    Capability{"echo-message", echo_message},
    Capability{"extended-join", extended_join},
    Capability{"extended-monitor", extended_monitor},
    Capability{"invite-notify", invite_notify},
    Capability{"labeled-response", labeled_response},
    Capability{"message-tags", message_tags},
    Capability{"multi-prefix", multi_prefix},
    Capability{"sasl", sasl, "PLAIN,EXTERNAL"},
    Capability{"server-time", server_time},
    Capability{"setname", setname},
    Capability{"standard-replies", standard_replies},
    Capability{"userhost-in-names", userhost_in_names},
};

// SASL and registrations need accounts, and a connection that may carry passwords; metadata a place for values. Only
// the log knows who has sent a message.
bool is_offered(const Request& request, const Capability& capability) noexcept {
    if (capability.bit == metadata) return request.tables().metadata.capacity() > 0;
    if (capability.bit == message_redaction) return request.config().log_messages;
    if (capability.bit != sasl && capability.bit != account_registration) return true;
    if (capability.bit == account_registration && register_policy_of(request.config()) != RegisterPolicy::open)
        return false;
    return has_accounts(request) && may_send_secrets(*request.context->acts, request.context->asker);
}

void append_word(std::string& list, std::string_view word) {
    list.append(list.empty() ? "" : " ").append(word);
}

}  // namespace

std::uint32_t offered_bits(const Request& request) {
    std::uint32_t bits = 0;
    for (const Capability& capability : capability_table)
        if (is_offered(request, capability)) bits |= capability.bit;
    return bits;
}

std::string names_of_capabilities(std::uint32_t capabilities, bool shows_values) {
    std::string list;
    for (const Capability& capability : capability_table) {
        if ((capabilities & capability.bit) == 0) continue;
        append_word(list, capability.name);
        if (shows_values && !capability.value.empty()) list.append("=").append(capability.value);
    }
    return list;
}

std::optional<std::uint32_t> change_capabilities(const Request& request, std::string_view wanted) {
    std::uint32_t capabilities = request.irc().capabilities;
    while (!wanted.empty()) {
        auto [word, rest] = split_first_word(wanted);
        wanted = rest;
        const bool is_off = word.starts_with('-');
        if (is_off) word.remove_prefix(1);
        if (word.empty()) continue;
        const auto* found =
            std::find_if(capability_table.begin(), capability_table.end(),
                         [&name = word](const Capability& capability) { return capability.name == name; });
        if (found == capability_table.end() || !is_offered(request, *found)) return std::nullopt;
        capabilities = is_off ? capabilities & ~found->bit : capabilities | found->bit;
    }
    return capabilities;
}

}  // namespace chat::irc
