// CHATHISTORY: the pages of /history, as batches. A page has as many messages as were asked for, however long they are,
// so it may come in several parts: the cursor says which rows are left, and each part asks for the rows again.
#include "chat-acceptor/acts/waiting.h"
#include "chat-acceptor/dialects/irc/capabilities.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "shared/records/history.h"
#include "shared/text/line.h"
#include "shared/text/moment.h"
#include "shared/text/pieces.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string>
#include <utility>

namespace chat::irc {
namespace {

using Select = act::ShowHistory::Select;

constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t most_lines = 24 * 1024;       // bytes of one part
constexpr std::string_view page_batch = "history";  // only one such batch is open in a connection at a time

// FAIL CHATHISTORY CODE SUBCOMMAND …
Reading fail_page(const Request& request, std::string_view code, std::initializer_list<std::string_view> about,
                  std::string_view text) {
    Reply reply;
    // A page that has begun ends first.
    if (!request.row().list_cursor_view().empty() && has_capability(request, irc_capability::batch))
        reply.raw(":BATCH -" + std::string(page_batch));
    reply.fail("CHATHISTORY", code, about, text);
    return answer(request, std::move(reply));
}

// What a reference to a message stands for: its id, or a time to the millisecond.
struct Reference {
    std::optional<std::uint64_t> id = {};
    Microseconds at = 0;
};

std::optional<Reference> read_reference(const Request& request, std::string_view word) {
    constexpr std::string_view by_id = "msgid=";
    if (word.starts_with(by_id)) {
        const auto id = message_of(request, word.substr(by_id.size()));
        return id ? std::optional(Reference{id}) : std::nullopt;
    }
    const auto at = time_of_reference(request, word);
    return at ? std::optional(Reference{{}, *at}) : std::nullopt;
}

// Only what is later than this, or earlier; rows of the same millisecond are neither.
void begin_after(act::ShowHistory& act, const Reference& bound) {
    if (bound.id)
        act.first = std::max(act.first, *bound.id + 1);
    else
        act.from = bound.at + millisecond;
}
void end_before(act::ShowHistory& act, const Reference& bound) {
    if (bound.id)
        act.second = *bound.id == 0 ? 0 : *bound.id - 1;
    else
        act.until = bound.at;
}

// A message and a time cannot be compared.
bool is_later(const Reference& a, const Reference& b) noexcept {
    if (a.id.has_value() != b.id.has_value()) return false;
    return a.id ? *a.id > *b.id : a.at > b.at;
}

// What a subcommand with its references asks for; empty: they are wrong.
std::optional<act::ShowHistory> read_selection(const Request& request, std::string_view subcommand) {
    act::ShowHistory act{};
    act.select = Select::latest;
    act.second = no_end;
    if (subcommand == "LATEST" && request.param(2) == "*") return act;
    const auto bound = read_reference(request, request.param(2));
    if (!bound) return std::nullopt;
    if (subcommand == "LATEST") {
        begin_after(act, *bound);
    } else if (subcommand == "BEFORE") {
        end_before(act, *bound);
    } else if (subcommand == "AFTER") {
        act.select = Select::between;
        begin_after(act, *bound);
    } else if (subcommand == "AROUND") {
        act.select = Select::around;
        act.first = bound->id.value_or(0);
        act.from = bound->at;
    } else {
        const auto other = read_reference(request, request.param(3));
        if (!other) return std::nullopt;
        const bool is_backwards = is_later(*bound, *other);
        act.select = is_backwards ? Select::latest : Select::between;
        begin_after(act, is_backwards ? *other : *bound);
        end_before(act, is_backwards ? *bound : *other);
    }
    return act;
}

std::string in_hexadecimal(std::uint64_t number) {
    std::array<char, 16> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16);
    return {digits.data(), end};
}

// `last.rest`: the last message so far, and how far the page's last one is above it.
std::string cursor_of(std::uint64_t last, std::uint64_t end) {
    return in_hexadecimal(last) + '.' + in_hexadecimal(end - last);
}

// The rest of a page that has begun.
void continue_at(std::string_view cursor, act::ShowHistory& act) {
    const std::size_t dot = std::min(cursor.find('.'), cursor.size());
    std::uint64_t last = 0;
    std::uint64_t rest = 0;
    std::from_chars(cursor.data(), cursor.data() + dot, last, 16);
    if (dot < cursor.size()) std::from_chars(cursor.data() + dot + 1, cursor.data() + cursor.size(), rest, 16);
    act.select = Select::between;
    act.first = last + 1;
    act.second = last + rest;
    act.from = act.until = 0;
    act.bytes = most_lines;
}

// A text of several lines is a batch in the page's batch, or several lines, of which the first has the message's id.
void append_row(const Request& request, const HistoryInfo& row, std::string_view target, std::string& lines) {
    std::string tags;
    const auto tag = [&](std::uint32_t capability, std::string_view name, std::string_view value) {
        if (has_capability(request, capability))
            tags.append(tags.empty() ? "@" : ";").append(name).append("=").append(value);
    };
    tag(irc_capability::batch, "batch", page_batch);
    const std::string of_page = tags;
    tag(irc_capability::server_time, "time", time_text(row.at));
    if (row.has_account) tag(irc_capability::account_tag, "account", row.name);
    const std::string of_all = tags;
    tag(irc_capability::message_tags, "msgid",
        std::to_string(request.context->acts->log_id) + '-' + std::to_string(row.id));
    const std::string native = std::string(row.name) + '!' + std::to_string(row.from) + "@native";
    if (row.form == form_of_topic) {
        const std::string source = row.from == 0 ? irc_server_name(request.config()) : native;
        lines.append("=").append(tags).append(tags.empty() ? ":" : " :").append(source).append(" TOPIC ");
        lines.append(target).append(" :").append(row.text).push_back('\n');
        return;
    }
    const bool is_action = row.form == "action";
    const bool is_notice = row.form == "notice" || row.scope == MessageScope::broadcast;
    const std::string source = ":" + native + ' ';
    const std::string begin = source + (is_notice ? "NOTICE " : "PRIVMSG ") + std::string(target) + " :" +
                              (is_action ? "\x01"
                                           "ACTION "
                                         : "");
    const auto append = [&](std::string_view own, std::string_view first, std::string_view rest) {
        lines.append("=").append(own).append(own.empty() ? "" : " ").append(first).append(rest);
        lines.append(is_action ? "\x01\n" : "\n");
    };
    const bool takes_batches = has_capability(request, irc_capability::multiline) &&
                               has_capability(request, irc_capability::batch) && !is_action;
    const auto pieces =
        pieces_of(row.text, longest_line - begin.size() - 1, takes_batches ? SplitSpace::kept : SplitSpace::dropped);
    const bool is_batch = takes_batches && pieces.size() > 1;
    if (is_batch) append(tags, source, "BATCH +lines draft/multiline " + std::string(target));
    std::string_view own = tags;
    for (const TextPiece& piece : pieces) {
        if (is_batch)
            append(piece.continues ? "@batch=lines;draft/multiline-concat" : "@batch=lines", begin, piece.text);
        else if (!piece.text.empty() || pieces.size() == 1)
            append(std::exchange(own, of_all), begin, piece.text);
    }
    if (is_batch) append(of_page, ":" + irc_server_name(request.config()) + " BATCH -lines", {});
}

// A nick as others see it, however the client has spelled it.
std::string spelled_nick(const Request& request, std::string_view nick) {
    const AccountNames* names = request.context->acts->names;
    const std::string_view account = names != nullptr ? names->spelling_of(nick) : std::string_view();
    if (!account.empty()) return std::string(account);
    const auto client = request.sessions().find_name(nick);
    return std::string(client ? request.sessions().row(client->slot).name_view() : nick);
}

// The next part of the page. `end_of_page`: its last message, if it has begun; else 0, and `page` has all of it.
Reading show_page(const Request& request, const records::History& page, std::uint64_t end_of_page) {
    const bool has_batch = has_capability(request, irc_capability::batch);
    const std::string target = page.room.empty() ? std::string(request.param(1)) : channel(page.room);
    const std::string other = page.room.empty() ? spelled_nick(request, target) : target;
    Reply reply;
    if (has_batch && request.row().list_cursor_view().empty())
        reply.raw(":BATCH +" + std::string(page_batch) + " chathistory " + target);
    std::string_view rows = page.rows;
    std::uint64_t last = 0;
    std::uint64_t end = end_of_page;
    bool is_full = false;
    const std::size_t most = std::min(most_lines, history_page_size(*request.context->acts));
    while (const auto row = take_history_info(rows)) {
        end = std::max(end, row->id);
        if (is_full) continue;
        const bool is_from_other = page.room.empty() && equal_ignoring_case(row->name, target);
        std::string lines;
        append_row(request, *row, is_from_other ? request.nick() : std::string_view(other), lines);
        is_full = last != 0 && reply.size() + lines.size() > most;  // but one row is always in it
        if (is_full) continue;
        reply.lines() += lines;
        last = row->id;
    }
    const bool has_rest = is_full || (end_of_page != 0 && page.more && last != 0);
    if (has_rest) return answer_part(request, std::move(reply), cursor_of(last, end));
    if (has_batch) reply.raw(":BATCH -" + std::string(page_batch));
    return answer_part(request, std::move(reply), {});
}

std::string_view code_of(ErrorCode code) noexcept {
    const bool is_about_target = code == ErrorCode::no_such_room || code == ErrorCode::not_a_member ||
                                 code == ErrorCode::history_off || code == ErrorCode::no_such_client;
    return is_about_target ? "INVALID_TARGET" : "MESSAGE_ERROR";
}

// Why this place has no history; empty: it may have one.
std::optional<ErrorCode> refuse_target(const Request& request, const act::ShowHistory& act) {
    if (act.place.empty()) return ErrorCode::no_such_room;
    if (act.is_room) return std::nullopt;
    // Guests have no conversations: for the act the word would be a room.
    const bool may_exist = request.row().account != 0 && has_accounts(request) && is_name(act.place);
    return may_exist ? std::nullopt : std::optional(ErrorCode::no_such_client);
}

}  // namespace

Reading show_history(const Request& request) {
    const std::string subcommand = in_upper_case(request.param(0));
    if (subcommand == "TARGETS") return list_targets(request);
    constexpr std::array<std::string_view, 5> subcommands = {"LATEST", "BEFORE", "AFTER", "AROUND", "BETWEEN"};
    if (std::find(subcommands.begin(), subcommands.end(), subcommand) == subcommands.end())
        return fail_page(request, "INVALID_PARAMS", {subcommand}, "Unknown subcommand");
    const auto limit = whole_number<std::uint64_t>(request.param(subcommand == "BETWEEN" ? 4 : 3));
    if (!limit || *limit == 0) return fail_page(request, "INVALID_PARAMS", {subcommand}, "Invalid or missing limit");
    auto act = read_selection(request, subcommand);
    if (!act) return fail_page(request, "INVALID_PARAMS", {subcommand}, "Invalid reference to a message");
    const std::string_view target = request.param(1);
    act->is_room = target.starts_with('#');
    act->place = act->is_room ? room_of(target) : target;
    act->may_be_guest = true;
    act->limit = std::min(*limit, static_cast<std::uint64_t>(request.config().history_page));
    act->has_topics = has_capability(request, irc_capability::event_playback);
    act->bytes = act->limit * (static_cast<std::uint64_t>(request.config().max_line) + largest_history_line);
    const auto cursor = request.row().list_cursor_view();
    if (!cursor.empty()) continue_at(cursor, *act);

    const auto refuse = [&](ErrorCode code) {
        return fail_page(request, code_of(code), {subcommand, target}, "Messages could not be retrieved");
    };
    if (const auto code = refuse_target(request, *act)) return refuse(*code);
    const ActContext& acts = *request.context->acts;
    const Asker& asker = request.context->asker;
    const Answer* found = request.context->answer;
    if (found == nullptr || found->is_preliminary) {
        auto question = ask_for_history(*act, acts, asker);
        if (!question) return refuse(records::Error::of(perform(*act, acts, asker).record()).code);
        Reading reading = wait_for(*std::move(question));
        reading.tag = "CHATHISTORY";
        return reading;
    }
    const Draft draft = perform_history_answer(*act, *found, acts, asker);
    if (draft.is_refusal()) return refuse(records::Error::of(draft.record()).code);
    return show_page(request, records::History::of(draft.record()), cursor.empty() ? 0 : act->second);
}

}  // namespace chat::irc
