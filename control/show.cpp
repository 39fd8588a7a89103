// From JSON to lines and tables.
#include "control/show.h"

#include "control/asking.h"
#include "control/table.h"
#include "shared/text/formatting.h"
#include "shared/text/printable.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <string_view>

namespace chat {
namespace {

std::string on_one_line(std::string_view text) {
    std::string line;
    for (;;) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        line += printable(text.substr(0, end));
        if (end == text.size()) return line;
        line += shown_line_break;
        text.remove_prefix(end + 1);
    }
}

// A value for people; the items of a list are separated by spaces.
std::string words(const Json& value) {
    if (value.is_null()) return {};
    if (value.is_text()) return printable(value.text());
    if (value.is_boolean()) return value.boolean() ? "yes" : "no";
    if (!value.is_array()) return printable(value.dump(Json::Form::ascii_line));
    std::string all;
    for (const Json& item : value.items()) all += (all.empty() ? "" : " ") + words(item);
    return all;
}

std::string words(const Json& object, std::string_view key) {
    return words(object[key]);
}

// The names in a list of people.
std::string names(const Json& people) {
    std::string all;
    for (const Json& person : people.items()) all += (all.empty() ? "" : " ") + words(person, "name");
    return all;
}

std::uint64_t number(const Json& object, std::string_view key) {
    return object[key].natural();
}

// `2026-11-20T12:31:05.123Z` in the reader's own time zone.
std::string local_time(const std::string& utc, const char* format) {
    std::tm time{};
    const char* end = ::strptime(utc.c_str(), "%Y-%m-%dT%H:%M:%S", &time);
    if (end == nullptr || !utc.ends_with('Z')) return printable(utc);
    const std::time_t seconds = ::timegm(&time);
    ::localtime_r(&seconds, &time);
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), format, &time)};
}

std::string duration(std::uint64_t seconds) {
    const std::uint64_t minutes = seconds / 60;
    const std::uint64_t hours = minutes / 60;
    if (hours >= 48) return std::to_string(hours / 24) + " days";
    if (hours > 0) return std::to_string(hours) + " h " + std::to_string(minutes % 60) + " min";
    if (minutes > 0) return std::to_string(minutes) + " min " + std::to_string(seconds % 60) + " s";
    return std::to_string(seconds) + " s";
}

std::string bytes(std::uint64_t count) {
    constexpr std::uint64_t unit = 1024;
    if (count < unit) return std::to_string(count) + " B";
    std::string_view name = "KiB";
    std::uint64_t scale = unit;
    if (count >= unit * unit) {
        name = "MiB";
        scale *= unit;
    }
    const std::uint64_t tenths = count * 10 / scale;
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + ' ' + std::string(name);
}

std::string log_words(const Json& queue) {
    const std::uint64_t behind = std::max(number(queue, "unlogged_messages"), number(queue, "unlogged_sessions"));
    if (behind == 0) return "up to date";
    return bytes(behind) + " behind, for " + std::to_string(number(queue, "log_delay")) + " ms";
}

std::string client_of(const Json& event) {
    const std::string id = words(event, "client");
    const std::string name = words(event, "name");
    return id.empty() ? name : name + " (" + id + ")";
}

// `12 clients`; the word takes an s except for one.
std::string count_of(const Json& value, std::string_view word) {
    return words(value) + ' ' + std::string(word) + (value == 1 ? "" : "s");
}

std::string whom_of(const Json& ban) {
    return ban["account"].is_natural() ? "The account " + words(ban, "name") : words(ban, "address");
}

}  // namespace

// Prints the whole answer for programs, or a text for people.
void show(const Arguments& arguments, const Json& answer, const std::string& text) {
    if (arguments.json)
        print_document(answer);
    else
        print(text);
}

std::string status_text(const Json& status) {
    const Json& queue = status["queue"];
    const Json& counts = status["counts"];
    std::string text = "chat server " + words(status, "version") + ", pid " + words(status, "pid") + ", up for " +
                       duration(number(status, "uptime")) + " (since " +
                       local_time(words(status, "started"), "%Y-%m-%d %H:%M:%S") + ")\n";
    const auto line = [&text](std::string_view name, const std::string& value) {
        constexpr std::size_t width = 11;
        text.append(name).append(width - name.size(), ' ').append(value).push_back('\n');
    };
    const bool has_irc = status["irc_clients"].natural() > 0;
    line("Clients:", words(status, "clients") + " of " + words(status, "limit") +
                         (has_irc ? ", " + words(status, "irc_clients") + " of them over IRC" : ""));
    line("Queue:", bytes(number(queue, "undelivered")) + " undelivered, of " + bytes(number(queue, "size")));
    line("Log:", log_words(queue));
    const Json& memory = status["memory"];
    if (memory["bound"].natural() > 0)
        line("Memory:",
             bytes(number(memory, "shared")) + " shared now; at most " + bytes(number(memory, "bound")) + " in all" +
                 (memory["limit"].natural() > 0 ? ", of " + bytes(number(memory, "limit")) + " allowed" : ""));
    line("Counts:", words(counts, "sessions") + " sessions, " + words(counts, "departures") + " departures, " +
                        words(counts, "refused") + " refused, " + words(counts, "messages") + " messages");
    line("Delivery:", status["delivery"] == true ? "connected" : "not connected");
    for (const Json& address : status["listening"].items()) line("Listening:", words(address));
    for (const Json& trouble : status["trouble"].items()) line("TROUBLE:", words(trouble));
    return text;
}

std::string clients_text(const Json& clients) {
    Table table({{"ID", true}, {"NAME"}, {"PEER"}, {"SINCE"}, {"OUTBOX", true}, {"DIALECT"}, {"ROOMS"}});
    for (const Json& client : clients.items())
        table.add({words(client, "id"), words(client, "name"), words(client, "peer"),
                   local_time(words(client, "connected"), "%Y-%m-%d %H:%M:%S"), bytes(number(client, "outbox")),
                   words(client, "dialect"), words(client, "rooms")});
    return clients.empty() ? "Nobody is connected.\n" : table.text();
}

std::string config_text(const Json& settings) {
    Table table({{"SETTING"}, {"VALUE"}, {"UNIT"}, {"SET IN"}, {"MEANING"}});
    for (const Json& setting : settings.items()) {
        const Json& value = setting["value"];
        const std::string source = words(setting, "source");
        const std::string shown =
            value.is_boolean() || value.is_array() ? printable(value.dump(Json::Form::ascii_line)) : words(value);
        table.add({words(setting, "key"), shown, words(setting, "unit"), source.empty() ? "(default)" : source,
                   words(setting, "meaning")});
    }
    return table.text();
}

std::string event_text(const Json& event) {
    constexpr std::size_t width = 10;
    std::string kind = words(event, "event");
    kind.append(kind.size() < width ? width - kind.size() : 1, ' ');
    std::string text = local_time(words(event, "at"), "%Y-%m-%d %H:%M:%S") + ' ' + kind + client_of(event);
    const auto add = [&text, &event](std::string_view before, std::string_view key) {
        const std::string value = words(event, key);
        if (!value.empty()) text.append(text.ends_with(' ') ? "" : " ").append(before).append(value);
    };
    add(client_of(event).empty() ? "" : "at ", "peer");
    add("was ", "old");
    add("reason ", "reason");
    add("room ", "room");
    add("by uid ", "operator");
    return text + '\n';
}

std::string accounts_text(const Json& accounts) {
    Table table({{"ACCOUNT", true}, {"NAME"}, {"REGISTERED"}, {"LAST LOGIN"}, {"FAILED", true}, {"STATE"}});
    for (const Json& account : accounts.items()) {
        const std::string login = words(account, "login");
        table.add({words(account, "account"), words(account, "name"),
                   local_time(words(account, "registered"), "%Y-%m-%d %H:%M:%S"),
                   login.empty() ? "never" : local_time(login, "%Y-%m-%d %H:%M:%S"), words(account, "failed"),
                   account["disabled"].boolean()  ? "disabled"
                   : account["pending"].boolean() ? "token not used"
                                                  : ""});
    }
    return accounts.empty() ? "There is no account.\n" : table.text();
}

std::string message_text(const Json& message) {
    const std::string then = words(message, "sender_name_then");
    const std::string sender = !then.empty()                      ? then
                               : message["sender_name"].is_null() ? "unknown"
                                                                  : words(message, "sender_name");
    std::string receiver = words(message, "target");
    if (receiver.starts_with("room:"))
        receiver = "#" + receiver.substr(5);
    else if (receiver.starts_with("group:"))
        receiver = "group " + receiver.substr(6);
    else if (receiver != "all")
        receiver = message["receiver_name"].is_null() ? "unknown" : words(message, "receiver_name");
    const std::string text = message["text"].is_text() ? on_one_line(message["text"].text()) : "(text not kept)";
    const bool is_action = message["form"].is_text() && message["form"].text() == "action";
    return local_time(message["time"].text(), "%Y-%m-%d %H:%M:%S") + "  " +
           (is_action ? "* " + sender + " " + text + " (" + receiver + ")" : sender + " > " + receiver + ": " + text) +
           (number(message, "discarded") != 0 ? " (not delivered)" : "") + "\n";
}

std::string rooms_text(const Json& rooms) {
    Table table({{"ROOM"}, {"MEMBERS", true}});
    for (const Json& room : rooms.items()) table.add({words(room, "name"), words(room, "count")});
    return table.text();
}

std::string groups_text(const Json& groups) {
    Table table({{"GROUP", true}, {"ADMIN"}, {"MEMBERS"}, {"INVITED"}, {"ASKING"}});
    for (const Json& group : groups.items())
        table.add({words(group, "id"), words(group["admin"], "name"), names(group["members"]), names(group["invited"]),
                   names(group["asking"])});
    return groups.empty() ? "There are no groups.\n" : table.text();
}

std::string changes_text(const Json& answer) {
    Table table({{"ID", true}, {"NAME"}, {"ROOM"}, {"OUTCOME"}});
    for (const Json& change : answer["changes"].items())
        table.add({words(change, "id"), words(change, "name"), words(answer, "room"), words(change, "outcome")});
    return table.text();
}

std::string kicked_text(const Json& answer) {
    return words(answer, "name") + " (" + words(answer, "id") + ") was disconnected.\n";
}

std::string banned_text(const Json& ban) {
    const std::string until = local_time(words(ban, "until"), "%Y-%m-%d %H:%M:%S");
    return whom_of(ban) + " is banned" + (until.empty() ? "" : " until " + until) +
           "; disconnected: " + count_of(ban["kicked"], "client") + ".\n";
}

std::string unbanned_text(const Json& answer) {
    std::string text;
    for (const Json& ban : answer["bans"].items()) text += whom_of(ban) + " is no longer banned.\n";
    return text;
}

std::string bans_text(const Json& bans) {
    Table table({{"ADDRESS"}, {"NAME"}, {"SINCE"}, {"UNTIL"}, {"UID", true}, {"REASON"}});
    for (const Json& ban : bans.items()) {
        const std::string until = local_time(words(ban, "until"), "%Y-%m-%d %H:%M:%S");
        table.add({ban["account"].is_natural() ? "(account)" : words(ban, "address"), words(ban, "name"),
                   local_time(words(ban, "at"), "%Y-%m-%d %H:%M:%S"), until.empty() ? "lifted" : until,
                   words(ban, "operator"), words(ban, "reason")});
    }
    return bans.empty() ? "Nobody is banned.\n" : table.text();
}

std::string forgotten_text(const Json& answer) {
    const std::string client = words(answer, "client");
    const std::string outcome = words(answer, "outcome");
    if (outcome == "unknown") return "Nothing was removed: the log has no session of " + client + ".\n";
    if (outcome == "ambiguous")
        return "Nothing was removed: the log has " + words(answer, "sessions") + " sessions of the id " + client +
               "; choose one with session:NUMBER.\n";
    if (outcome.empty()) return "The texts of " + client + " were removed from the log.\n";
    const std::uint64_t files = number(answer, "files");
    return "Removed from the log: " + count_of(answer["messages"], "text") +
           (files > 0 ? " and " + count_of(files, "file name") : "") + ", of " +
           count_of(answer["sessions"], "session") + " of " + client + ".\n";
}

std::string announced_text(const Json& answer) {
    return "Announced to " + count_of(answer["receivers"], "client") + ".\n";
}

}  // namespace chat
