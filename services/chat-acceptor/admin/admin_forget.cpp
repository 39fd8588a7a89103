// What the operator asked to forget, and the progress: Forget, Forgotten.
#include "chat-acceptor/admin/admin_commands.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <optional>

namespace chat {
namespace {

constexpr std::string_view session_prefix = "session:";
constexpr std::uint64_t highest_session = std::uint64_t{1} << 61U;

std::optional<std::uint64_t> number_in(std::string_view text, std::uint64_t lowest, std::uint64_t highest) {
    const auto number = whole_number<std::uint64_t>(text);
    return number && !text.starts_with('0') && *number >= lowest && *number <= highest ? number : std::nullopt;
}

// The one session that the word certainly means; 0: the log has to decide. Empty: the word cannot mean anybody.
std::optional<std::uint64_t> session_of(const Sessions& sessions, std::string_view word) {
    if (is_name(word)) return 0;
    if (word.starts_with(session_prefix)) return number_in(word.substr(session_prefix.size()), 1, highest_session);
    const auto id = number_in(word, lowest_client_id, highest_client_id);
    if (!id) return std::nullopt;
    // An id is not reused within an hour.
    const auto client_id = static_cast<std::uint32_t>(*id);
    if (const auto client = sessions.find_id(client_id)) return sessions.row(client->slot).session;
    const DepartedRow* departed = sessions.departed().find_id(client_id, wall_clock());
    return departed != nullptr ? departed->session : 0;
}

}  // namespace

AdminAnswer admin_forget(AdminContext& context, const AdminRequest& request) {
    const std::string word = text_parameter(request, "client");
    const auto session = session_of(context.acceptor->sessions(), word);
    if (!session) return invalid_parameter("client");
    const auto number = context.acceptor->operators().forget(word, *session, request.operator_uid);
    if (!number) return admin_error("Busy");
    return {{{{"request", *number}}, {}, false}, {}};
}

AdminAnswer admin_forgotten(AdminContext& context, const AdminRequest& request) {
    context.acceptor->catch_up_with_log();  // delivery waits for that
    const auto wanted = (*request.parameters)["request"].natural();
    const QueueWords& words = context.acceptor->segment().words();
    const std::uint64_t done = words.forgotten.load(std::memory_order_acquire);
    if (done != wanted) return {{{{"done", done > wanted}}, {}, false}, {}};
    Json answer{
        {"done", true},
        {"outcome", word_of(static_cast<ForgetOutcome>(words.forgotten_outcome.load(std::memory_order_relaxed)))},
        {"sessions", words.forgotten_sessions.load(std::memory_order_relaxed)},
        {"messages", words.forgotten_messages.load(std::memory_order_relaxed)},
        {"files", words.forgotten_files.load(std::memory_order_relaxed)}};
    // By now another request may be in progress, and these counts may belong to it.
    std::atomic_thread_fence(std::memory_order_acquire);
    if (words.forgotten.load(std::memory_order_relaxed) != wanted) answer = {{"done", true}};
    return {{std::move(answer), {}, false}, {}};
}

}  // namespace chat
