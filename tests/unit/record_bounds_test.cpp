// The largest size of a record: the longest of each kind fits, and little is wasted.
#include "shared/records/answer.h"
#include "shared/records/bounds.h"
#include "shared/records/file.h"
#include "shared/records/group.h"
#include "shared/records/history.h"
#include "shared/records/message.h"
#include "shared/records/record.h"
#include "shared/records/room.h"
#include "shared/records/session.h"
#include "tests/support/catch.h"

#include <string>
#include <vector>

namespace record_bounds_test {

using namespace chat;
using namespace chat::records;

namespace {

const std::string name(max_name_size, 'n');
const std::string tag(max_tag_size, '7');

std::size_t size_of(Record record) {
    record.name = name;
    record.tag = tag;
    return encoded_size(record);
}

std::string repeated(std::string_view part, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) text += part;
    return text;
}

// Each is the maximum in one respect.
const std::vector<RecordBounds> places = {
    {.clients = 3000, .memberships = 2, .members = 3, .transfers = 0, .line = 512},
    {.clients = 3, .memberships = 3000, .members = 3, .transfers = 4, .line = 512},
    {.clients = 700, .memberships = 2, .members = 700, .transfers = 4, .line = 4096},
    {.clients = 4096, .memberships = 2, .members = 3, .transfers = 4096, .line = 512},
    {.clients = 3, .memberships = 2, .members = 3, .transfers = 4, .line = 65'536},
};

}  // namespace

TEST_CASE("records: the longest of each kind is within the bounds", "[record][publisher]") {
    for (const RecordBounds& place : places) {
        const std::size_t most = largest_record(place);
        const std::vector<SlotId> everyone(place.clients, SlotId{3, 4});
        std::size_t longest = 0;
        const auto check = [&](const char* what, const Record& record) {
            INFO(what);
            CHECK(size_of(record) <= most);
            longest = std::max(longest, size_of(record));
        };
        const std::string line(place.line, 'x');
        check("message", Message{.to = ToRoom{name}, .text = line, .receivers = everyone}.record());
        check("departed", Departed{.word = line, .receivers = everyone}.record());
        check("error", Error{.text = std::string("There is no command ") + line}.record());
        check("result", Result{.expression = line, .value = name}.record());

        // As many rows as fit one part.
        std::string rows;
        for (std::size_t i = 0; i < largest_list_part / largest_client_line; ++i)
            append_client_info(rows, {99'999, -1, name, true, true, true, true, true});
        check("clients", Clients{.rows = rows, .list = name}.record());
        rows.clear();
        for (std::size_t i = 0; i < largest_list_part / largest_room_line; ++i)
            append_room_info(rows, {99'999, true, name});
        check("rooms", records::Rooms{.rows = rows, .cursor = name}.record());
        rows.clear();
        std::string members = repeated("99999,", place.members);
        members.pop_back();
        std::size_t bytes = 0;
        do append_group_info(rows, {9999, 99'999, members});
        while ((bytes += largest_group_line(place.members)) + largest_group_line(place.members) <= largest_list_part);
        check("groups", chat::records::Groups{.rows = rows, .list = name}.record());
        check("group made", GroupMade{.members = members, .receivers = std::span(everyone).first(3)}.record());

        std::string arrival;
        std::string rooms = repeated(name + ' ', place.memberships);
        rooms.pop_back();
        const std::string peer(max_peer_size, 'p');
        check("connected", Connected{.peer = peer, .rooms = rooms}.record(arrival));

        const std::string file_name(max_file_name_size, 'f');
        std::string text;
        check("upload offered", UploadOffered{.to = ToRoom{name}, .info = {.name = file_name}}.record(text));
        std::string tickets;
        for (std::size_t i = 0; i < place.transfers; ++i) append_ticket_info(tickets, {});
        const std::vector<SlotId> receivers(place.transfers, SlotId{3, 4});
        check("file offered",
              FileOffered{.to = ToRoom{name}, .file = {.name = file_name}, .tickets = tickets, .receivers = receivers}
                  .record(text));
        check("history", records::History{.rows = std::string(largest_history_page, 'r'), .room = name}.record());
        rows.clear();
        append_history_info(rows, {.name = name, .form = "action", .text = line});
        check("history of one row", records::History{.rows = rows, .room = name}.record());
        CHECK(longest + longest / 10 > most);
    }
}

}  // namespace record_bounds_test
