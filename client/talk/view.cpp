// What people see of a line from the server: see view.h.
#include "client/talk/view.h"

#include "client/talk/membership_view.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace chat {

namespace {

using Sentence = std::optional<std::string>;

std::string in_words(std::string_view word) {
    std::string words(word);
    std::replace(words.begin(), words.end(), '-', ' ');
    return words;
}

std::string from_server(std::string_view text) {
    return "Server: " + std::string(text);
}

// The words in brackets at the end of a departure's text: `Batman has left (lunch).`
std::string given_reason(const ServerLine& line) {
    const std::string text = line.text.value_or("");
    const std::size_t begin = text.find(" (");
    const std::size_t end = text.rfind(')');
    if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
    return text.substr(begin + 2, end - begin - 2);
}

// What happened to the viewer's own connection; nothing if they left by themselves.
std::string own_end(const ServerLine& line) {
    const std::string_view why = line.value("reason");
    const std::string words = given_reason(line);
    if (why == "kicked") return "The operator disconnected you" + (words.empty() ? "." : ": " + words);
    if (why == "shutdown") return "The server stops.";
    if (why == "slow") return "The server disconnected you, because your side did not read fast enough.";
    if (why == "timeout") return "The server disconnected you, because it received nothing from you for too long.";
    if (why == "no-memory") return "The server disconnected you, because it has no memory left.";
    return {};
}

// An arrival or a departure, in the words of the transcript.
std::string coming_or_going(const ServerLine& line, std::string_view verb, const Viewer& viewer, std::time_t now) {
    std::string event = line.text.value_or(std::string(line.value("name")) + " has " + std::string(verb) + ".");
    if (line.kind == "offline" && !viewer.id.empty() && line.value("id") == viewer.id) {
        if (const std::string end = own_end(line); !end.empty()) return from_server(end);
    } else if (line.kind == "offline" && line.value("reason") == "kicked") {
        const std::string words = given_reason(line);
        event = std::string(line.value("name")) + " was disconnected by the operator" +
                (words.empty() ? "" : " (" + words + ")") + ".";
    }
    const std::string count = line.field("count") ? " Member count=" + std::string(line.value("count")) : "";
    return from_server(time_of_event(viewer, now) + event + count);
}

std::string said_by(const ServerLine& line) {
    std::string name(line.value("name"));
    if (name.empty()) return std::string(line.value("from"));
    // Nobody can pass for the server.
    if (equal_ignoring_case(name, "server")) name += " (" + std::string(line.value("from")) + ")";
    return name;
}

std::string said_where(std::string_view to, const Viewer& viewer, const Directory& known) {
    if (to.empty() || to == "room:lobby") return "";
    if (to == "all") return " (to all)";
    if (to == viewer.id) return " (to you)";
    if (to.starts_with("room:")) return " (in " + std::string(to.substr(5)) + ")";
    if (to.starts_with("group:")) return " (to " + group_in_words(to.substr(6), known) + ")";
    return " (to " + std::string(to) + ")";
}

std::string message(const ServerLine& line, const Viewer& viewer, const Directory& known) {
    std::string where = said_where(line.value("to"), viewer, known);
    // It waited for the viewer, who had another id when it was written.
    if (line.value("kept") == "yes") where = " (to you, kept)";
    const std::string who = said_by(line) + where;
    return (line.value("as") == "action" ? "* " + who + " " : who + ": ") + line.text.value_or("");
}

std::string client(const ServerLine& line, const Viewer& viewer, std::time_t now) {
    std::string row = std::string(line.value("id")) + " " + std::string(line.value("name"));
    if (line.field("connected")) row += ", connected since " + local_since(line.value("connected"), now, viewer);
    if (line.value("account") == "yes") row += " (registered)";
    if (line.value("op") == "yes") {
        row += " (operator)";
    } else if (line.value("voice") == "yes") {
        row += " (voiced)";
    }
    if (line.value("away") == "yes") row += " (away)";
    if (line.value("you") == "yes") row += " (you)";
    return from_server(row);
}

// After a registration nothing is known of earlier logins.
std::string account(const ServerLine& line) {
    const std::string name(line.value("name"));
    if (!line.field("failed")) return from_server("The name " + name + " is yours now.");
    std::string words = "You are logged in as " + name + ".";
    const std::string failed(line.value("failed"));
    if (failed != "0") words += " Wrong passwords since your last login: " + failed + ".";
    return from_server(words);
}

Sentence end(const ServerLine& line) {
    const std::string_view of = line.value("of");
    const std::string count(line.value("count"));
    const bool one = count == "1";
    if (of == "help") return std::nullopt;
    if (of == "unread" && count == "0") return from_server("There is nothing unread.");
    if (of == "unread") return std::nullopt;
    if (of == "history" && count == "0") return from_server("There are no such messages.");
    if (of == "history") return std::nullopt;
    if (of == "active") return from_server(count + (one ? " client is connected." : " clients are connected."));
    if (of == "rooms") return from_server(count + (one ? " room." : " rooms."));
    if (of == "members") return from_server(count + (one ? " member." : " members."));
    if (of == "activegroups") return from_server("You are in " + count + (one ? " group." : " groups."));
    if (of == "activeallgroups")
        return from_server("There " + std::string(one ? "is " : "are ") + count + (one ? " group." : " groups."));
    return from_server("end of " + in_words(of) + (count.empty() ? "" : ", " + count + " in total"));
}

std::string renamed(const ServerLine& line, const Viewer& viewer) {
    const std::string name(line.value("name"));
    if (line.value("id") == viewer.id) return from_server("You are now called " + name + ".");
    return from_server(std::string(line.value("old")) + " is now called " + name + ".");
}

std::string ok(const ServerLine& line) {
    std::string words = "done";
    if (line.field("tag")) words = std::string(line.value("tag")) + " is done";
    if (line.field("id")) words += ", as message " + std::string(line.value("id"));
    return from_server(words);
}

// lobby: 3 unread messages
std::string unread(const ServerLine& line) {
    std::string_view place = line.value("place");
    const std::string count(line.value("count"));
    const bool is_room = place.starts_with("room:");
    if (is_room) place.remove_prefix(std::string_view("room:").size());
    return from_server((is_room ? "in " : "from ") + std::string(place) + ": " + count + " unread " +
                       (count == "1" ? "message" : "messages"));
}

// Names the place, except the lobby: `Robin deleted a message (in ops): spam`.
std::string deleted(const ServerLine& line, const Viewer& viewer, const Directory& known) {
    const std::string who = line.field("by") ? std::string(line.value("by")) : "Somebody";
    const std::string why = line.text && !line.text->empty() ? ": " + *line.text : ".";
    return from_server(who + " deleted a message" + said_where(line.value("to"), viewer, known) + why);
}

// For people: 700 bytes, 1.5 MB.
std::string size(std::string_view bytes) {
    const auto number = whole_number<std::uint64_t>(bytes);
    return number ? in_bytes(static_cast<double>(*number)) : std::string(bytes) + " bytes";
}

std::string file(const ServerLine& line, const Viewer& viewer, const Directory& known) {
    return from_server(said_by(line) + " sends the file " + line.text.value_or("") +
                       said_where(line.value("to"), viewer, known) + ", " + size(line.value("size")) + ".");
}

// A line of any kind: its text, or else its kind and fields in words.
std::string plain_words(const ServerLine& line) {
    if (line.text) return from_server(*line.text);
    std::string words = in_words(line.kind);
    std::string_view before = ": ";
    for (const auto& [key, value] : line.fields) {
        words += before;
        words += in_words(key) + " " + value;
        before = ", ";
    }
    return from_server(words);
}

}  // namespace

std::string help_row(std::string_view usage) {
    constexpr std::string_view dash = " — ";
    const std::size_t place = usage.find(dash);
    std::string row = "  " + std::string(usage.substr(0, place));
    if (place == std::string_view::npos) return row;
    const std::size_t taken = count_code_points(row);
    row.append(taken < help_width ? help_width - taken : 0, ' ');
    return row + std::string(usage.substr(place));
}

bool is_for(const ServerLine& message, const Viewer& viewer) {
    if (message.value("to") == viewer.id || message.value("kept") == "yes") return true;
    if (viewer.name.empty() || !message.text) return false;
    const std::string text = fold_case(*message.text);
    const std::string name = fold_case(viewer.name);
    const auto is_part = [&text](std::size_t place) {
        return place < text.size() && (is_name("a" + text.substr(place, 1)) && text[place] != '.');
    };
    for (std::size_t place = text.find(name); place != std::string::npos; place = text.find(name, place + 1)) {
        if (!(place > 0 && is_part(place - 1)) && !is_part(place + name.size())) return true;
    }
    return false;
}

std::vector<Look> looks_of(const ServerLine& line, const Viewer& viewer, std::string_view sentence,
                           MessageColours colours) {
    if (line.kind == "message" || line.kind == "history") {
        if (line.value("to") == viewer.id || line.value("kept") == "yes") return {{Style::to_me}};
        if (is_for(line, viewer)) return {{Style::mention}};
        return looks_of_message(sentence, colours);
    }
    constexpr std::array<std::string_view, 3> troubles = {"error", "undelivered", "rejected"};
    if (std::find(troubles.begin(), troubles.end(), line.kind) != troubles.end()) return {{Style::trouble}};
    if (line.kind == "help" || line.kind == "announcement") return {};
    return {{Style::news}};
}

std::vector<Look> looks_of_message(std::string_view sentence, MessageColours colours) {
    const std::size_t begin = sentence.starts_with("* ") ? 2 : 0;
    // A name contains no blanks.
    const std::size_t end = std::min(sentence.find_first_of(" :", begin), sentence.size());
    if (sentence.substr(end, 1) == ":") return {{Style::speaker, begin, end + 1, colours.speaker}};
    const std::size_t closing = sentence.find(')', end);
    if (!sentence.substr(end).starts_with(" (") || closing == std::string_view::npos)
        return {{Style::speaker, begin, end, colours.speaker}};
    return {{Style::speaker, begin, end, colours.speaker}, {Style::room, end + 1, closing + 1, colours.place}};
}

std::optional<std::string> sentence(const ServerLine& line, const Viewer& viewer, std::time_t now,
                                    const Directory& known) {
    if (line.kind == "message" || line.kind == "history") return message(line, viewer, known);
    if (line.kind == "online") return coming_or_going(line, "joined", viewer, now);
    if (line.kind == "offline") return coming_or_going(line, "left", viewer, now);
    if (line.kind == "client") return client(line, viewer, now);
    if (line.kind == "end") return end(line);
    if (line.kind == "help" && line.text) return help_row(*line.text);
    if (line.kind == "account" && line.field("name")) return account(line);
    if (line.kind == "renamed") return renamed(line, viewer);
    if (line.kind == "unread" && line.field("place")) return unread(line);
    if (line.kind == "seen") return std::nullopt;
    if (line.kind == "deleted" && line.field("id")) return deleted(line, viewer, known);
    if (line.kind == "away" && line.text)
        return from_server(std::string(line.value("name")) + " is away: " + *line.text);
    if (line.kind == "date") return from_server("The date is " + std::string(line.value("value")) + ".");
    if (line.kind == "time") return from_server("The time is " + std::string(line.value("value")) + ".");
    if (line.kind == "ok") return ok(line);
    if (line.kind == "file" && line.text && line.field("size")) return file(line, viewer, known);
    if (line.kind == "announcement" && line.text) return from_server("Announcement: " + *line.text);
    if (const auto words = membership_sentence(line, viewer, now, known)) return from_server(*words);
    return plain_words(line);
}

std::string sentence(std::string_view unknown_line) {
    return from_server(unknown_line);
}

}  // namespace chat
