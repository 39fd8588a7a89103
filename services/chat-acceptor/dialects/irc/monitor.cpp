// MONITOR: names that a client watches.
#include "chat-acceptor/dialects/irc/commands.h"
#include "chat-acceptor/dialects/irc/metadata.h"
#include "shared/memory/watch_table.h"
#include "shared/records/watch.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace chat::irc {
namespace {

constexpr std::size_t most_bad_names = 8;  // that are refused one by one

// A list with commas, in as many lines as it needs.
class NumericList {
  public:
    NumericList(const Request& request, int number) : number_(number) {
        constexpr std::size_t around = 16;  // colons, spaces, the number
        most_ = longest_line - irc_server_name(request.config()).size() - request.nick().size() - around;
    }
    void add(std::string_view item, Reply& reply) {
        if (!items_.empty() && items_.size() + 1 + item.size() > most_) flush(reply);
        items_.append(items_.empty() ? "" : ",").append(item);
    }
    void flush(Reply& reply) {
        if (!items_.empty()) reply.numeric(number_, {}, items_);
        items_.clear();
    }

  private:
    int number_;
    std::size_t most_;
    std::string items_;
};

std::optional<SlotId> find_visible(const Request& request, std::string_view name) {
    const auto client = request.sessions().find_name(name);
    return client && request.sessions().row(client->slot).announced != 0 ? client : std::nullopt;
}

// Two lists: names that somebody has, with their sources, and names that nobody has.
class Status {
  public:
    explicit Status(const Request& request) : request_(&request), here_(request, 730), gone_(request, 731) {}
    // Is it here?
    bool add(std::string_view name, Reply& reply) {
        const auto client = find_visible(*request_, name);
        if (!client) {
            gone_.add(name, reply);
            return false;
        }
        here_clients_.push_back(*client);
        const Source source = source_of(*request_, *client);
        here_.add(
            std::string(request_->sessions().row(client->slot).name_view()) + '!' + source.user + '@' + source.host,
            reply);
        return true;
    }
    void flush(Reply& reply) {
        here_.flush(reply);
        gone_.flush(reply);
    }
    [[nodiscard]] const std::vector<SlotId>& here() const noexcept { return here_clients_; }

  private:
    const Request* request_;
    NumericList here_;
    NumericList gone_;
    std::vector<SlotId> here_clients_;
};

Reading change(const std::string& rows, Reply reply) {
    std::string text;
    const Record record = records::Watched{.rows = rows, .lines = reply.lines()}.record(text);
    Reading reading;
    reading.answer = std::make_unique<Draft>(Draft(record).with_text(std::move(text)));
    reading.list_part = largest_list_part;
    return reading;
}

bool is_among(const std::vector<std::string_view>& names, std::string_view name) {
    return std::any_of(names.begin(), names.end(),
                       [name](std::string_view other) { return equal_ignoring_case(name, other); });
}

Reading watch(const Request& request) {
    const Watches& watches = request.tables().watches;
    const std::size_t count = watches.count(request.client());
    std::size_t places = std::min(watches_per_client - std::min(count, watches_per_client), watches.free_places());
    Reply reply;
    Status status(request);
    std::vector<std::string_view> seen;
    std::string rows;
    std::string full;
    std::size_t bad_names = 0;
    for (const std::string_view name : split_list(request.param(1))) {
        if (!is_name(name)) {
            if (++bad_names <= most_bad_names) reply.numeric(432, {"*"}, "Erroneous nickname");
            continue;
        }
        if (is_among(seen, name)) continue;
        seen.push_back(name);
        const bool is_known = watches.is_watching(request.client(), name);
        if (!is_known && places == 0) {
            full.append(full.empty() ? "" : ",").append(name);
            continue;
        }
        const bool is_here = status.add(name, reply);
        if (is_known) continue;
        append_watch_change(rows, {is_here ? WatchChange::Form::here : WatchChange::Form::gone, name});
        --places;
    }
    status.flush(reply);
    if (!full.empty()) reply.numeric(734, {std::to_string(watches_per_client), full}, "Monitor list is full.");
    for (const SlotId client : status.here()) add_metadata_of(request, client, reply);
    return change(rows, std::move(reply));
}

Reading stop_watching(const Request& request) {
    std::string rows;
    for (const std::string_view name : split_list(request.param(1)))
        if (request.tables().watches.is_watching(request.client(), name))
            append_watch_change(rows, {WatchChange::Form::removed, name});
    return change(rows, {});
}

Reading stop_watching_all() {
    std::string rows;
    append_watch_change(rows, {WatchChange::Form::cleared});
    return change(rows, {});
}

Reading show_names(const Request& request) {
    Reply reply;
    NumericList names(request, 732);
    for (const WatchRow* row : request.tables().watches.of(request.client())) names.add(row->name.view(), reply);
    names.flush(reply);
    reply.numeric(733, {}, "End of MONITOR list");
    return answer(request, std::move(reply));
}

// In parts: the cursor is the number of names so far.
Reading show_status(const Request& request) {
    const auto rows = request.tables().watches.of(request.client());
    Reply reply;
    Status status(request);
    for (auto i = whole_number<std::size_t>(request.row().list_cursor_view()).value_or(0); i < rows.size(); ++i) {
        if (reply.size() > largest_part) {
            status.flush(reply);
            return answer_part(request, std::move(reply), std::to_string(i));
        }
        status.add(rows[i]->name.view(), reply);
    }
    status.flush(reply);
    return answer_part(request, std::move(reply), {});
}

}  // namespace

Reading monitor(const Request& request) {
    const std::string_view subcommand = request.param(0);
    const auto is = [subcommand](std::string_view word) { return equal_ignoring_case(word, subcommand); };
    if ((is("+") || is("-")) && request.param(1).empty()) return refuse_params(request);
    if (is("+")) return watch(request);
    if (is("-")) return stop_watching(request);
    if (is("C")) return stop_watching_all();
    if (is("L")) return show_names(request);
    if (is("S")) return show_status(request);
    Reply reply;
    reply.numeric(400, {"MONITOR"}, "The subcommands are + - C L S");
    return answer(request, std::move(reply));
}

}  // namespace chat::irc
