// Records: every field of every kind survives the queue, and inconsistent bytes are refused.
#include "shared/records/record.h"

#include "shared/memory/client_table.h"
#include "shared/records/answer.h"
#include "shared/records/command_tag.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace record_test {

using namespace chat;

namespace {

// A buffer of exactly these bytes, aligned as in the ring, so that the sanitizer sees reads past them.
class Bytes {
  public:
    Bytes(const std::byte* from, std::size_t size)
        : memory_(static_cast<std::byte*>(::operator new(size))), size_(size) {
        std::memcpy(memory_.get(), from, size);
    }
    [[nodiscard]] std::span<std::byte> span() const { return {memory_.get(), size_}; }

  private:
    struct Free {
        void operator()(std::byte* memory) const { ::operator delete(memory); }
    };
    std::unique_ptr<std::byte, Free> memory_;
    std::size_t size_;
};

std::vector<std::byte> encoded(const Record& record) {
    std::vector<std::byte> bytes(encoded_size(record) + 8, std::byte{0xee});
    encode(record, bytes);
    for (std::size_t i = encoded_size(record); i < bytes.size(); ++i) REQUIRE(bytes[i] == std::byte{0xee});
    bytes.resize(encoded_size(record));
    return bytes;
}

const std::vector<SlotId> three = {{1, 10}, {2, 20}, {0xffffffff, 0xfffffffe}};

Record full_record(RecordKind kind) {
    Record record;
    record.kind = kind;
    record.flags = 0x8001;
    record.sequence = 0x1122334455667788;
    record.at = 1'764'000'000'123'456;
    record.sender_state = 0x19aabbccddeeff01;
    record.sender = {7, 0x01020304};
    record.sender_id = 48213;
    record.session = 0x0102030405060708;
    record.target_id = 51990;
    record.target_session = 0x1112131415161718;
    record.value = 0x2122232425262728;
    record.number = 0x31323334;
    record.scope = 0xfe;
    record.name = "Batman";
    record.tag = "tag.7";
    record.target = "Joker";
    record.text = "Anyone here?";
    record.receivers = three;
    return record;
}

bool same(const Record& a, const Record& b) {
    return a.kind == b.kind && a.flags == b.flags && a.sequence == b.sequence && a.at == b.at &&
           a.sender_state == b.sender_state && a.sender == b.sender && a.sender_id == b.sender_id &&
           a.session == b.session && a.target_id == b.target_id && a.target_session == b.target_session &&
           a.value == b.value && a.number == b.number && a.scope == b.scope && a.name == b.name && a.tag == b.tag &&
           a.target == b.target && a.text == b.text &&
           std::equal(a.receivers.begin(), a.receivers.end(), b.receivers.begin(), b.receivers.end());
}

bool lies_within(std::string_view part, std::span<const std::byte> whole) {
    const auto* begin = reinterpret_cast<const char*>(whole.data());
    return part.empty() || (part.data() >= begin && part.data() + part.size() <= begin + whole.size());
}

// Everything decoded points into the bytes.
bool is_harmless(const Record& record, std::span<const std::byte> bytes) {
    return lies_within(record.name, bytes) && lies_within(record.tag, bytes) && lies_within(record.target, bytes) &&
           lies_within(record.text, bytes) && record.name.size() <= max_name_size &&
           record.tag.size() <= max_tag_size && record.target.size() <= max_name_size &&
           lies_within({reinterpret_cast<const char*>(record.receivers.data()), record.receivers.size_bytes()}, bytes);
}

}  // namespace

TEST_CASE("record: every field of every kind comes back", "[record][R60]") {
    for (auto kind = static_cast<std::uint16_t>(RecordKind::connected);
         kind <= static_cast<std::uint16_t>(RecordKind::note); ++kind) {
        const Record record = full_record(static_cast<RecordKind>(kind));
        const auto bytes = encoded(record);
        CHECK(bytes.size() % record_alignment == 0);
        const auto decoded = decode(Bytes(bytes.data(), bytes.size()).span());
        REQUIRE(decode(bytes));
        CHECK(decoded.has_value());
        CHECK(same(*decode(bytes), record));
        Record step = record;
        step.sender_state = 0;
        step.next_step = 255;
        const auto with_step = encoded(step);
        CHECK(same(*decode(with_step), step));
        CHECK(decode(with_step)->next_step == 255);
        CHECK(decode(bytes)->next_step == 0);
        RecordFrame frame{};
        std::memcpy(&frame, bytes.data(), sizeof frame);
        CHECK(frame.size == bytes.size());
        CHECK(frame.kind == kind);
    }
}

TEST_CASE("record: an empty one, and one with the most of everything", "[record]") {
    const Record empty;
    CHECK(same(*decode(encoded(empty)), empty));

    const std::vector<SlotId> many(1000, SlotId{3, 4});
    const std::string longest_text(65'536, 't');
    const std::string longest_name(max_name_size, 'n');
    const std::string longest_tag(max_tag_size, '7');
    Record largest;
    largest.name = largest.target = longest_name;
    largest.tag = longest_tag;
    largest.text = longest_text;
    largest.receivers = many;
    const auto bytes = encoded(largest);
    CHECK(same(*decode(bytes), largest));
    CHECK(bytes.size() <= largest_record(many.size(), longest_text.size()));
    for (std::size_t text = 0; text < 20; ++text) {
        largest.text = std::string_view(longest_text).substr(0, text);
        largest.receivers = std::span(many).first(text);
        CHECK(encoded_size(largest) <= largest_record(text, text));
    }
}

TEST_CASE("record: every truncation and every surplus is refused", "[record][D02]") {
    const auto bytes = encoded(full_record(RecordKind::message));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        INFO(size);
        CHECK_FALSE(decode(Bytes(bytes.data(), size).span()));
    }
    auto longer = bytes;
    longer.resize(bytes.size() + 8);
    CHECK_FALSE(decode(longer));
    // Not even where the frame says so.
    const auto size = static_cast<std::uint32_t>(longer.size());
    std::memcpy(longer.data(), &size, sizeof size);
    CHECK_FALSE(decode(longer));
}

TEST_CASE("record: each flipped bit of its head is refused or harmless", "[record][D02]") {
    const auto bytes = encoded(full_record(RecordKind::message));
    constexpr std::size_t head = 88;
    int refused = 0;
    for (std::size_t bit = 0; bit < head * 8; ++bit) {
        const Bytes damaged(bytes.data(), bytes.size());
        damaged.span()[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
        const auto record = decode(damaged.span());
        INFO("bit " << bit);
        if (record) CHECK(is_harmless(*record, damaged.span()));
        if (!record) ++refused;
    }
    CHECK(refused > 80);  // sizes of the frame, of receivers and of text; most bits of the three small sizes
}

TEST_CASE("record: sizes that compensate each other are held to their bounds", "[record][D02]") {
    Record record = full_record(RecordKind::message);
    const std::string text(100, 't');
    record.text = text;
    const auto bytes = encoded(record);
    constexpr std::size_t text_size_at = 80;
    constexpr std::size_t name_size_at = 84;
    constexpr std::array longest = {max_name_size, max_command_tag, max_name_size};
    for (std::size_t part = 0; part < 3; ++part)
        for (unsigned more = 1; more <= 100; ++more) {
            const Bytes shifted(bytes.data(), bytes.size());
            auto& size = reinterpret_cast<std::uint8_t&>(shifted.span()[name_size_at + part]);
            const unsigned before = size;
            size = static_cast<std::uint8_t>(size + more);
            const auto rest = static_cast<std::uint32_t>(100 - more);
            std::memcpy(shifted.span().data() + text_size_at, &rest, sizeof rest);
            INFO(part << ' ' << more);
            CHECK(decode(shifted.span()).has_value() == (before + more <= longest[part]));
        }
    // A count of receivers so large that its bytes would wrap around.
    const Bytes wrapped(bytes.data(), bytes.size());
    const std::uint32_t count = 0x20000003;
    std::memcpy(wrapped.span().data() + 76, &count, sizeof count);
    CHECK_FALSE(decode(wrapped.span()));
}

TEST_CASE("record: rows of clients and of help come back in order", "[record][R08]") {
    std::string rows;
    append_client_info(rows, {48213, 1'764'000'000'123'456, "Batman", true, false});
    append_client_info(rows, {10000, 0, "", false, true});
    append_client_info(rows, {99999, -1, std::string(32, 'n'), false, false});
    append_client_info(rows, {.id = 10001, .connected_at = 0, .name = "", .you = false, .is_operator = true});
    append_client_info(rows, {.id = 10002, .connected_at = 0, .name = "", .you = false, .has_voice = true});
    CHECK(rows.size() <= 5 * largest_client_info);
    std::string_view rest = rows;
    const auto batman = take_client_info(rest);
    REQUIRE(batman);
    CHECK(batman->id == 48213);
    CHECK(batman->connected_at == 1'764'000'000'123'456);
    CHECK(batman->name == "Batman");
    CHECK(batman->you);
    CHECK_FALSE(batman->is_operator);
    CHECK_FALSE(batman->has_voice);
    CHECK(take_client_info(rest)->name.empty());
    CHECK(take_client_info(rest)->name == std::string(32, 'n'));
    const auto op = take_client_info(rest);
    CHECK((op->is_operator && !op->has_voice));
    const auto voiced = take_client_info(rest);
    CHECK((voiced->has_voice && !voiced->is_operator));
    CHECK(rest.empty());
    CHECK_FALSE(take_client_info(rest));

    std::string help;
    append_help_info(help, {"/send", "/send ID|NAME TEXT — writes to one client"});
    append_help_info(help, {"", ""});
    rest = help;
    const auto send = take_help_info(rest);
    REQUIRE(send);
    CHECK(send->command == "/send");
    CHECK(send->usage == "/send ID|NAME TEXT — writes to one client");
    CHECK(take_help_info(rest)->usage.empty());
    CHECK_FALSE(take_help_info(rest));
}

TEST_CASE("record: truncated rows are ignored", "[record]") {
    std::string rows;
    append_client_info(rows, {48213, 1, "Batman", true, false});
    for (std::size_t size = 0; size < rows.size(); ++size) {
        const std::vector<char> exact(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(size));
        std::string_view view(exact.data(), exact.size());
        CHECK_FALSE(take_client_info(view));
    }
    std::string help;
    append_help_info(help, {"/send", "usage"});
    for (std::size_t size = 0; size < help.size(); ++size) {
        const std::vector<char> exact(help.begin(), help.begin() + static_cast<std::ptrdiff_t>(size));
        std::string_view view(exact.data(), exact.size());
        CHECK_FALSE(take_help_info(view));
    }
}

}  // namespace record_test
