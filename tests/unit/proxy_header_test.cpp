// What a TLS terminator may say about a connection.
#include "chat-acceptor/clients/proxy_header.h"

#include "tests/support/catch.h"

#include <string>

namespace proxy_header_test {

using namespace chat;

namespace {

std::string number(std::size_t value) {
    return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xffU)};
}

std::string tlv(char type, const std::string& value) {
    return type + number(value.size()) + value;
}

// Of a client at 192.0.2.7:50312.
std::string header(const std::string& tlvs, char command = '\x21', char family = '\x11') {
    const std::string addresses("\xc0\x00\x02\x07\x7f\x00\x00\x01\xc4\x88\x16\x41", 12);
    return std::string("\r\n\r\n\0\r\nQUIT\n", 12) + command + family + number(addresses.size() + tlvs.size()) +
           addresses + tlvs;
}

ProxyHeaderFit parse(const std::string& bytes, ProxyHeader& found, std::string_view token = {}) {
    return parse_proxy_header(bytes, token, found);
}

const std::string verified("\x07\0\0\0\0", 5);
const std::string unverified("\x07\0\0\0\x12", 5);
const std::string no_certificate("\x01\0\0\0\0", 5);

}  // namespace

TEST_CASE("proxy header: it is whole once all of it is there", "[proxy_header]") {
    const std::string whole = header(tlv('\x01', "chat"));
    ProxyHeader found;
    for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK(parse(whole.substr(0, size), found) == ProxyHeaderFit::incomplete);
    CHECK(found.size == 0);
    CHECK(parse(whole + "/whoami\n", found) == ProxyHeaderFit::whole);
    CHECK(found.size == whole.size());
    CHECK(found.peer() == "192.0.2.7:50312");
    CHECK_FALSE(found.is_secure);
}

TEST_CASE("proxy header: only connections over TCP are believed", "[proxy_header]") {
    ProxyHeader found;
    CHECK(parse(header({}, '\x20'), found) == ProxyHeaderFit::invalid);          // LOCAL
    CHECK(parse(header({}, '\x11'), found) == ProxyHeaderFit::invalid);          // version 1
    CHECK(parse(header({}, '\x21', '\x12'), found) == ProxyHeaderFit::invalid);  // UDP
    CHECK(parse(header({}, '\x21', '\x31'), found) == ProxyHeaderFit::invalid);  // Unix
    CHECK(parse(header({}, '\x21', '\x21'), found) == ProxyHeaderFit::invalid);  // too short for IPv6
    CHECK(parse("/login Ann\n", found) == ProxyHeaderFit::invalid);
    CHECK(parse(header(std::string("\x01\0\x05", 3)), found) == ProxyHeaderFit::invalid);
    CHECK(parse(header(tlv('\x20', "\x01")), found) == ProxyHeaderFit::invalid);
    CHECK(parse(header(std::string(1024 - 12 - 3, 'x')), found) == ProxyHeaderFit::invalid);
    CHECK(parse(header(tlv('\x04', std::string(1024 - 12 - 3, 'x'))), found) == ProxyHeaderFit::whole);
    CHECK(parse(header(tlv('\x04', std::string(1024 - 12 - 2, 'x'))), found) == ProxyHeaderFit::invalid);
}

TEST_CASE("proxy header: a name counts only if an authority vouches for it", "[proxy_header]") {
    const auto name_of = [](const std::string& head, const std::string& name) {
        ProxyHeader found;
        REQUIRE(parse(header(tlv('\x20', head + tlv('\x21', "TLSv1.3") + tlv('\x22', name))), found) ==
                ProxyHeaderFit::whole);
        CHECK(found.is_secure);
        return found.common_name;
    };
    CHECK(name_of(verified, "robin") == "robin");
    CHECK(name_of(verified, std::string(max_name_size, 'r')) == std::string(max_name_size, 'r'));
    CHECK(name_of(verified, std::string(max_name_size + 1, 'r')).empty());
    CHECK(name_of(verified, "ro\x1b[1mbin").empty());
    CHECK(name_of(unverified, "robin").empty());
    CHECK(name_of(no_certificate, "robin").empty());
}

TEST_CASE("proxy header: the unique id has the token and the fingerprint", "[proxy_header]") {
    const auto id = [](const std::string& text) { return header(tlv('\x05', text)); };
    const std::string digits = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";
    ProxyHeader found;
    CHECK(parse(id("secret" + digits), found, "secret") == ProxyHeaderFit::whole);
    CHECK((found.fingerprint[1] == 0x11 && found.fingerprint[31] == 0xff && is_set(found.fingerprint)));
    for (const std::string& rest : {std::string(), std::string("-"), digits + "0", "x" + digits.substr(1)}) {
        CHECK(parse(id("secret" + rest), found, "secret") == ProxyHeaderFit::whole);
        CHECK_FALSE(is_set(found.fingerprint));
    }
    CHECK(parse(id("secre"), found, "secret") == ProxyHeaderFit::invalid);
    CHECK(parse(header({}), found, "secret") == ProxyHeaderFit::invalid);
}

}  // namespace proxy_header_test
