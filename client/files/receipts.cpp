// What became of offered files: see receipts.h.
#include "client/files/receipts.h"

#include <algorithm>

namespace chat {

void Receipts::offered(std::string_view id, std::string_view target, std::string_view words) {
    if (offered_.size() >= most) offered_.pop_front();
    offered_.push_back({std::string(id), std::string(target), std::string(words)});
}

std::optional<std::string> Receipts::received(const ServerLine& receipt) {
    const auto found = std::find_if(offered_.begin(), offered_.end(),
                                    [&receipt](const Offered& file) { return file.id == receipt.value("id"); });
    const std::string text = receipt.text.value_or("");
    if (found == offered_.end()) return text;
    if (++found->shown > most_shown)
        return found->shown == most_shown + 1 ? std::optional("There are more receipts for " + found->words + ".")
                                              : std::nullopt;
    const std::string who(receipt.value("name"));
    const std::string_view outcome = receipt.value("outcome");
    if (outcome == "taken") return "Sent to " + found->target + ": " + found->words + ", taken by " + who;
    if (outcome == "declined") return "Declined by " + who + ": " + found->words;
    if (outcome == "expired") return "Expired: " + who + " did not take " + found->words + " in time";
    if (outcome == "gone") return "Not taken: " + who + " has left without " + found->words;
    return text;
}

}  // namespace chat
