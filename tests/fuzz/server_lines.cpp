// A hostile server and a person at a terminal: everything that the client shows is safe for a terminal.
#include "client/files/download_directory.h"
#include "client/net/line_splitter.h"
#include "client/talk/view.h"
#include "shared/text/file_name.h"
#include "shared/text/printable.h"
#include "shared/text/text_rules.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"

#include <algorithm>
#include <set>

using namespace chat;
using fuzz::Input;
using fuzz::require;

namespace {

constexpr std::size_t longest = 512;
constexpr std::time_t now = 1'795'177'865;

void show(std::string_view words) {
    const std::string shown = printable(words);
    require(fuzz::is_printable(shown), "what is shown may reach a terminal");
    require(is_clean_text(words) == fuzz::is_printable(words), "clean text is what may reach a terminal");
    require((shown == words) == fuzz::is_printable(words), "such text is shown as it is, and no other");
}

void look_at(const ServerLine& line) {
    require(fuzz::is_printable(line.kind) && !line.kind.empty(), "a kind is a word");
    require(line.fields.size() <= max_fields, "fields are bounded");
    std::set<std::string> keys;
    for (const auto& [key, value] : line.fields) {
        require(fuzz::is_printable(key) && !key.empty(), "a key is a word");
        require(value.find(' ') == std::string::npos, "a value has no space");
        require(keys.insert(key).second, "a key stands once");
        require(line.field(key) == value, "a field is found by its key");
    }
}

// A file's name is shown as safe text, and the name that it is stored under leads nowhere else.
void look_at_file_name(std::string_view text) {
    const std::string name = safe_file_name(text);
    for (const std::string& made : {name, numbered_file_name(name, 1), numbered_file_name(name, 9999)}) {
        require(is_file_name(made) && made.front() != '-', "a name that is made can be created, here and nowhere else");
        require(fuzz::is_printable(made), "a name that is made can be shown");
    }
}

void process(const LineSplitter::Line& line) {
    require(line.text.size() <= longest, "no line is longer than allowed");
    if (line.too_long) return;
    show(sentence(line.text));
    const auto parsed = parse_server_line(line.text);
    if (!parsed) return;
    look_at(*parsed);
    look_at_file_name(parsed->text.value_or(""));
    for (const Viewer& viewer : {Viewer{}, Viewer{"10001", "alice"}})
        if (const auto words = sentence(*parsed, viewer, now)) show(*words);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    const auto piece = input.integer_between<std::size_t>(1, 255);
    const std::string bytes = input.rest();
    LineSplitter lines(longest);
    std::size_t count = 0;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        lines.add(std::string_view(bytes).substr(at, piece));
        while (const auto line = lines.next()) {
            process(*line);
            ++count;
        }
    }
    require(count == static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\n')), "every line comes out");
    if (const auto line = lines.last()) process(*line);
    require(!lines.last(), "the last line comes once");
    return 0;
}
