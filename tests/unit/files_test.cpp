// Rows of files and tickets follow from records: applying a record is idempotent, and a successor sees the same rows.
#include "chat-acceptor/state/files.h"

#include "chat-acceptor/clients/data_port.h"
#include "shared/text/hex.h"
#include "tests/support/catch.h"
#include "tests/unit/publishing.h"
#include "tests/unit/scratch.h"

#include <string>
#include <vector>

namespace files_test {

using namespace chat;

namespace {

constexpr SegmentSizes sizes_with_files{.slots = 8,
                                        .max_line = 512,
                                        .inbox = 8192,
                                        .outbox = 65'536,
                                        .queue = 262'144,
                                        .rooms = 4,
                                        .memberships = 2,
                                        .groups = 1,
                                        .members = 2,
                                        .transfers = 4};
constexpr SlotId sender{1, 1};
constexpr SlotId receiver{2, 1};

struct Scene {
    Scene() : files(scratch.segment) {}

    Record upload(std::uint64_t sequence, std::uint32_t row, const Ticket& ticket) {
        Record record =
            records::UploadOffered{.size = 100, .info = {row, 1000, receiver, ticket, {}, "notes.txt"}}.record(text);
        record.sequence = sequence;
        record.sender = sender;
        record.session = 7;
        return record;
    }
    Record offer(std::uint64_t sequence, std::uint64_t file, std::uint32_t row, const Ticket& ticket) {
        std::string tickets;
        append_ticket_info(tickets, {3, 8, ticket});
        receivers.assign(1, receiver);
        Record record =
            records::FileOffered{
                .file = {file, row, 2000, 9000, {}, "notes.txt"}, .tickets = tickets, .receivers = receivers}
                .record(text);
        record.sequence = sequence;
        return record;
    }
    template <typename Ended>
    Record end(std::uint64_t sequence, std::uint64_t file, std::uint32_t row, std::uint32_t ticket_row) {
        Record record = Ended{.file = {file, row, ticket_row, 8}}.record(text);
        record.sequence = sequence;
        return record;
    }
    // What a successor finds must be what this one has.
    void apply(const Record& record) {
        for (int i = 0; i < 2; ++i) files.apply(record);
        CHECK(Files(scratch.segment).empty() == files.empty());
    }

    test::ScratchSegment scratch{sizes_with_files};
    Files files;
    std::string text;
    std::vector<SlotId> receivers;
};

Ticket ticket_of(std::uint8_t last) {
    Ticket ticket{};
    ticket.back() = last;
    return ticket;
}

}  // namespace

TEST_CASE("files: a file's life in rows, each record applied twice", "[files][R77]") {
    Scene scene;
    CHECK(scene.files.empty());
    scene.apply(scene.upload(10, 2, ticket_of(1)));
    CHECK_FALSE(scene.files.empty());
    CHECK(scene.files.file(2).id == 10);
    CHECK(scene.files.file(2).name.view() == "notes.txt");
    CHECK(scene.files.files_of(7) == 1);
    CHECK(scene.files.bytes_of(7) == 100);
    CHECK(scene.files.bytes_of(8) == 0);
    CHECK(scene.files.reserved_bytes() == 0);  // no byte has come
    note_begun(scene.scratch.segment.files()[2].words, 10, 1);
    CHECK(scene.files.reserved_bytes() == 100);
    CHECK(scene.files.find_free_file() == 0U);
    const auto upload = scene.files.find_ticket(true, ticket_of(1), 999);
    REQUIRE(upload);
    CHECK(upload->row == 2);
    CHECK(upload->file == 10);
    CHECK_FALSE(scene.files.find_ticket(false, ticket_of(1), 999));
    CHECK_FALSE(scene.files.find_ticket(true, ticket_of(2), 999));
    CHECK_FALSE(scene.files.find_ticket(true, ticket_of(1), 1000));  // it has expired

    scene.apply(scene.offer(20, 10, 2, ticket_of(5)));
    CHECK_FALSE(scene.files.find_ticket(true, ticket_of(1), 999));
    const auto download = scene.files.find_ticket(false, ticket_of(5), 1999);
    REQUIRE(download);
    TransferWords& words = scene.scratch.segment.tickets()[3].words;
    words.connection = 10U << 1U | 1U;
    CHECK(scene.files.find_ticket(false, ticket_of(5), 8999));
    CHECK_FALSE(scene.files.find_ticket(false, ticket_of(5), 9000));  // no longer than the file is kept
    words.connection = 0;
    CHECK(download->row == 3);
    CHECK(download->file == 10);
    CHECK_FALSE(scene.files.find_ticket(true, ticket_of(5), 1999));
    CHECK(scene.files.waiting_receivers() == std::vector<std::uint32_t>{0, 0, 1, 0});
    CHECK(scene.files.find_free_tickets(9).size() == 3);

    scene.apply(scene.end<records::TicketEnded>(30, 10, 2, 3));
    CHECK_FALSE(scene.files.find_ticket(false, ticket_of(5), 1999));
    CHECK(scene.files.waiting_receivers()[2] == 0);
    scene.apply(scene.end<records::FileEnded>(40, 10, 2, 0));
    CHECK(scene.files.empty());
    CHECK(scene.files.reserved_bytes() == 0);
}

TEST_CASE("files: a ticket is valid again for a minute after its connection broke", "[files][R77]") {
    Scene scene;
    scene.apply(scene.upload(10, 0, ticket_of(1)));
    TransferWords& words = scene.scratch.segment.files()[0].words;
    words.broke_at = 500;
    words.connection = 10U << 1U;
    CHECK(scene.files.find_ticket(true, ticket_of(1), 500 + ticket_life - 1));
    CHECK_FALSE(scene.files.find_ticket(true, ticket_of(1), 500 + ticket_life));
    words.connection = 10U << 1U | 1U;
    CHECK(scene.files.find_ticket(true, ticket_of(1), 500 + 2 * ticket_life));  // that it broke has not been seen yet
    words.connection = 9U << 1U;                                                // of an earlier file
    CHECK_FALSE(scene.files.find_ticket(true, ticket_of(1), 1001));
    words.connection = 10U << 1U;
    note_outcome(words, 10, TransferOutcome::stored);
    CHECK(scene.files.find_ticket(true, ticket_of(1), 600));  // the sender has not been notified yet
    note_outcome(words, 10, TransferOutcome::confirmed);
    CHECK_FALSE(scene.files.find_ticket(true, ticket_of(1), 600));
}

TEST_CASE("files: impossible records change nothing", "[files]") {
    Scene scene;
    scene.apply(scene.upload(10, 4, ticket_of(1)));  // there is no such row
    CHECK(scene.files.empty());
    Record record = scene.upload(10, 0, ticket_of(1));
    record.text = record.text.substr(0, 20);
    scene.apply(record);
    CHECK(scene.files.empty());
    scene.apply(scene.end<records::FileEnded>(11, 10, 9, 9));
    scene.apply(scene.end<records::TicketEnded>(12, 10, 9, 9));
    CHECK(scene.files.empty());
}

TEST_CASE("data port: valid and invalid requests", "[files][R77]") {
    std::string_view code;
    const std::string ticket = "00112233445566778899aabbccddeeff";
    const auto request = parse_transfer_request("/upload " + ticket + " 17\r", code);
    REQUIRE(request);
    CHECK(request->upload);
    CHECK(request->offset == 17);
    CHECK(hex_of(request->ticket) == ticket);
    CHECK(code.empty());
    CHECK_FALSE(request->receipts);
    CHECK_FALSE(parse_transfer_request("/DOWNLOAD " + ticket + " 0", code)->upload);
    const auto with_receipts = parse_transfer_request("/upload " + ticket + " 17 receipts", code);
    REQUIRE(with_receipts);
    CHECK(with_receipts->receipts);
    CHECK(with_receipts->offset == 17);
    const auto no = parse_transfer_request("/decline " + ticket, code);
    REQUIRE(no);
    CHECK(no->decline);
    CHECK_FALSE(no->upload);
    for (const std::string& line : {std::string(), "/steal " + ticket + " 0", std::string("upload"), ticket}) {
        CHECK_FALSE(parse_transfer_request(line, code));
        CHECK(code == "unknown-command");
    }
    for (const std::string& line :
         {"/upload " + ticket, "/upload " + ticket + " ", "/upload " + ticket + " -1", "/upload " + ticket + " 0 0",
          "/upload " + ticket + " 18446744073709551616", "/upload " + ticket + " 0 receipt",
          "/upload " + ticket + " receipts", "/download " + ticket + " 0 receipts", "/decline " + ticket + " 0"}) {
        CHECK_FALSE(parse_transfer_request(line, code));
        CHECK(code == "bad-arguments");
    }
    for (const std::string& line :
         {std::string("/upload 00 0"), "/upload " + ticket + "0 0", "/upload g" + ticket.substr(1) + " 0"}) {
        CHECK_FALSE(parse_transfer_request(line, code));
        CHECK(code == "bad-ticket");
    }
}

}  // namespace files_test
