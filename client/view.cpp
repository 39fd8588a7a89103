// What people see of a line from the server: see view.h.
#include "client/view.h"

#include "shared/text_rules.h"

#include <algorithm>
#include <array>

namespace chat {

namespace {

using Sentence = std::optional<std::string>;

std::string formatted(const std::tm& time, const char* format) {
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), format, &time)};
}

std::tm local_time(std::time_t time) {
    std::tm result{};
    ::localtime_r(&time, &result);
    return result;
}

std::string in_words(std::string_view word) {
    std::string words(word);
    std::replace(words.begin(), words.end(), '-', ' ');
    return words;
}

std::string from_server(std::string_view text) {
    return "Server: " + std::string(text);
}

// Someone who comes or goes, in the words of the transcript.
std::string coming_or_going(const ServerLine& line, std::string_view verb, std::time_t now) {
    const std::string event = line.text.value_or(std::string(line.value("name")) + " has " + std::string(verb) + ".");
    const std::string count = line.field("count") ? " Member count=" + std::string(line.value("count")) : "";
    return from_server("time=" + formatted(local_time(now), "%H.%M") + " " + event + count);
}

std::string said_by(const ServerLine& line) {
    std::string name(line.value("name"));
    if (name.empty()) return std::string(line.value("from"));
    // Nobody speaks with the server's voice.
    if (equal_ignoring_case(name, "server")) name += " (" + std::string(line.value("from")) + ")";
    return name;
}

std::string said_where(std::string_view to, const Viewer& viewer) {
    if (to.empty() || to == "room:lobby") return "";
    if (to == "all") return " (to all)";
    if (to == viewer.id) return " (to you)";
    if (to.starts_with("room:")) return " (in " + std::string(to.substr(5)) + ")";
    if (to.starts_with("group:")) return " (to group " + std::string(to.substr(6)) + ")";
    return " (to " + std::string(to) + ")";
}

std::string message(const ServerLine& line, const Viewer& viewer) {
    return said_by(line) + said_where(line.value("to"), viewer) + ": " + line.text.value_or("");
}

std::string client(const ServerLine& line, std::time_t now) {
    std::string row = std::string(line.value("id")) + " " + std::string(line.value("name"));
    if (line.field("connected")) row += ", connected since " + local_since(line.value("connected"), now);
    if (line.value("you") == "yes") row += " (you)";
    return from_server(row);
}

Sentence end(const ServerLine& line) {
    const std::string_view of = line.value("of");
    const std::string count(line.value("count"));
    if (of == "help") return std::nullopt;
    if (of == "active")
        return from_server(count + (count == "1" ? " client is connected." : " clients are connected."));
    return from_server("end of " + in_words(of) + (count.empty() ? "" : ", " + count + " in all"));
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

// A line of any kind: its text, and where it has none its kind and fields in words.
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

std::string local_since(std::string_view utc, std::time_t now) {
    std::tm time{};
    std::string text(utc);
    const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &time);
    if (end == nullptr || !text.ends_with('Z')) return text;
    const std::tm then = local_time(::timegm(&time));
    const std::tm today = local_time(now);
    const bool same_day = then.tm_year == today.tm_year && then.tm_yday == today.tm_yday;
    return formatted(then, same_day ? "%H.%M" : "%Y-%m-%d %H.%M");
}

std::optional<std::string> sentence(const ServerLine& line, const Viewer& viewer, std::time_t now) {
    if (line.kind == "message") return message(line, viewer);
    if (line.kind == "online") return coming_or_going(line, "joined", now);
    if (line.kind == "offline") return coming_or_going(line, "left", now);
    if (line.kind == "client") return client(line, now);
    if (line.kind == "end") return end(line);
    if (line.kind == "help" && line.text) return "  " + *line.text;
    if (line.kind == "renamed") return renamed(line, viewer);
    if (line.kind == "date") return from_server("The date is " + std::string(line.value("value")) + ".");
    if (line.kind == "time") return from_server("The time is " + std::string(line.value("value")) + ".");
    if (line.kind == "ok") return ok(line);
    return plain_words(line);
}

std::string sentence(std::string_view unknown_line) {
    return from_server(unknown_line);
}

}  // namespace chat
