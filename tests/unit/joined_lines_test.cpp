// Texts of several lines from IRC clients.
#include "chat-acceptor/dialects/irc/joined_lines.h"

#include "shared/records/joints.h"
#include "shared/text/pieces.h"
#include "tests/support/catch.h"

#include <string>
#include <utility>
#include <vector>

namespace joined_lines_test {

using namespace chat;
using irc::JoinedLines;
using End = JoinedLines::End;

namespace {

std::string line(const std::string& text, const std::string& command = "PRIVMSG #a") {
    return "@batch=r " + command + " :" + text + "\r\n";
}
std::string more(const std::string& text) {
    return "@batch=r;draft/multiline-concat PRIVMSG #a :" + text + "\n";
}
const std::string end = "BATCH -r\r\n";

End end_of(const std::string& lines) {
    return JoinedLines("r", "#a", lines).end();
}

using Pieces = std::vector<std::pair<std::string, bool>>;
Pieces split(std::string_view text, std::size_t most, SplitSpace space, const std::vector<std::uint16_t>& joints = {}) {
    Pieces pieces;
    for (const TextPiece& piece : pieces_of(text, most, space, joints))
        pieces.emplace_back(piece.text, piece.continues);
    return pieces;
}

}  // namespace

TEST_CASE("multiline: lines become one text, and what follows the batch is left alone", "[irc]") {
    const std::string lines = line("one") + "\r\n" + line("two ") + more("and") + more("three") + "batch -r\n";
    const JoinedLines joined("r", "#A", lines + "PING x\r\n");
    CHECK(joined.end() == End::whole);
    CHECK(joined.text() == "one\ntwo andthree");
    CHECK(joined.joints() == std::vector<std::uint16_t>{8, 11});
    CHECK(joined.used() == lines.size());
    CHECK(joined.lines() == 4);
    CHECK(joined.longest() == 5);
    CHECK_FALSE(joined.is_notice());
    CHECK(JoinedLines("r", "#a", line("x", "NOTICE #a") + end).is_notice());
}

TEST_CASE("multiline: every beginning of a batch lacks its end", "[irc]") {
    const std::string lines = line("one") + more("two") + line("") + end;
    for (std::size_t size = 0; size < lines.size(); ++size) CHECK(end_of(lines.substr(0, size)) == End::missing);
    CHECK(end_of(lines) == End::whole);
}

TEST_CASE("multiline: the first line that is wrong ends a batch", "[irc]") {
    CHECK(end_of("PING x\n") == End::interrupted);
    CHECK(JoinedLines("r", "#a", line("one") + "PING x\n").used() == line("one").size());
    CHECK(end_of("BATCH +r draft/multiline #a\n") == End::interrupted);
    CHECK(end_of("@batch=other PRIVMSG #a :x\n" + end) == End::other_reference);
    CHECK(end_of(line("x", "TOPIC #a")) == End::other_command);
    CHECK(end_of(line("x") + line("x", "NOTICE #a")) == End::other_command);
    CHECK(end_of("@batch=r BATCH -r\n") == End::other_command);
    CHECK(end_of(line("x", "PRIVMSG #b")) == End::other_target);
    CHECK(end_of(line("x", "PRIVMSG")) == End::other_target);
    CHECK(end_of(line(std::string(500, 'x'))) == End::unreadable);
    CHECK(end_of(line("\xff")) == End::unreadable);
    CHECK(end_of(line("x") + more("")) == End::blank_joint);
    CHECK(end_of(line("\x01PING\x01")) == End::ctcp);
    CHECK(end_of(line("a long line may be split here: \x01PING\x01")) == End::ctcp);
    CHECK(end_of(end) == End::blank);
    CHECK(end_of(line("") + line("") + end) == End::blank);
}

TEST_CASE("multiline: as many lines and bytes as the capability says", "[irc]") {
    std::string lines;
    for (int i = 0; i < 24; ++i) lines += line("x");
    CHECK(end_of(lines + end) == End::whole);
    CHECK(end_of(lines + line("x")) == End::too_many_lines);
    lines.clear();
    for (int i = 0; i < 10; ++i) lines += line(std::string(400, 'x'));  // 10 * 400 bytes, and 9 line breaks
    CHECK(end_of(lines + line(std::string(86, 'x')) + end) == End::whole);
    CHECK(end_of(lines + line(std::string(87, 'x'))) == End::too_many_bytes);
    CHECK(end_of(lines + more(std::string(87, 'x')) + end) == End::whole);
}

TEST_CASE("multiline: references are words", "[irc]") {
    CHECK(irc::is_batch_reference("a-Z09"));
    CHECK(irc::is_batch_reference(std::string(64, 'x')));
    for (const std::string& word : {std::string(), std::string("a b"), std::string("a_b"), std::string(65, 'x')})
        CHECK_FALSE(irc::is_batch_reference(word));
}

TEST_CASE("pieces: lines, then joints, then what is too long", "[text]") {
    CHECK(split("", 10, SplitSpace::kept) == Pieces{{"", false}});
    CHECK(split("one\n\ntwo", 10, SplitSpace::kept) == Pieces{{"one", false}, {"", false}, {"two", false}});
    CHECK(split("aa bb cc", 6, SplitSpace::kept) == Pieces{{"aa bb ", false}, {"cc", true}});
    CHECK(split("aa bb cc", 6, SplitSpace::dropped) == Pieces{{"aa bb", false}, {"cc", true}});
    CHECK(split("one\ntwo three", 10, SplitSpace::dropped, {8}) ==
          Pieces{{"one", false}, {"two ", false}, {"three", true}});
    CHECK(split("one\ntwo", 10, SplitSpace::dropped, {0, 4, 7, 900}) == Pieces{{"one", false}, {"two", false}});
    CHECK(split("\u20ac\u20ac\u20ac", 7, SplitSpace::kept) == Pieces{{"\u20ac\u20ac", false}, {"\u20ac", true}});
}

TEST_CASE("joints: they stand before the tags, and no tag of a client is one", "[records]") {
    using records::joints_in;
    using records::tags_with_joints;
    const std::vector<std::uint16_t> joints{4, 17, 4000};
    CHECK(joints_in(tags_with_joints(joints, "+a=b;+c")) == joints);
    CHECK(tags_with_joints(joints, "+a").ends_with(";+a"));
    CHECK(joints_in(tags_with_joints(joints, {})) == joints);
    CHECK(tags_with_joints({}, "+a=b") == "+a=b");
    for (const std::string_view tags : {"", "+a=b", "4,17", "+a;\n4"}) CHECK(joints_in(tags).empty());
    CHECK(joints_in("\n5,x,,4,70000,6") == std::vector<std::uint16_t>{5, 6});
}

}  // namespace joined_lines_test
