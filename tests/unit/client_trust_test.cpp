// Which certificates are accepted, what is remembered about a server, and by which ports it is reached.
#include "client/net/certificate.h"
#include "client/net/known_servers.h"
#include "client/net/routes.h"
#include "client/net/trust.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <fstream>
#include <optional>
#include <string>

namespace client_trust_test {

using namespace chat;
using Kind = ConnectFailure::Kind;

namespace {

const std::string one(64, '1');
const std::string other(64, '2');
constexpr std::optional<KnownServers::Entry> unknown;

ServerAddress server() {
    ServerAddress address;
    address.host = "chat.example.org";
    address.port = "5697";
    address.security = Security::tls;
    return address;
}

Certificate certificate() {
    Certificate made;
    made.fingerprint = one;
    made.issuer = "Some Authority";
    made.names = "a.example.org";
    made.valid_from = "2026-01-01";
    made.valid_until = "2026-02-01";
    return made;
}

Certificate self_signed() {
    Certificate made = certificate();
    made.is_self_signed = true;
    return made;
}

Kind kind_of(const Certificate& made, const std::optional<KnownServers::Entry>& known) {
    return judge(made, server(), known).failure.kind;
}

KnownServers known(const test::TemporaryDirectory& scratch, const std::string& content) {
    const std::string path = scratch.file("known_servers");
    std::ofstream(path) << content;
    return KnownServers(path);
}

std::string written(const Routes& routes) {
    std::string text;
    for (const ServerAddress& address : routes.best_first)
        text += (address.security == Security::tls ? "tls " : "plain ") + address.written() + "\n";
    return text;
}

ServerAddress automatic(const char* text) {
    ServerAddress address = *parse_server_address(text);
    address.security = Security::automatic;
    return address;
}

}  // namespace

TEST_CASE("trust: an authority, or the certificate that was accepted before", "[tls]") {
    CHECK(kind_of(certificate(), unknown) == Kind::none);
    CHECK(judge(certificate(), server(), unknown).entry.fingerprint.empty());
    CHECK(kind_of(self_signed(), unknown) == Kind::unknown_certificate);
    CHECK(judge(self_signed(), server(), KnownServers::Entry{one}).entry.fingerprint == one);
    CHECK(kind_of(self_signed(), KnownServers::Entry{other}) == Kind::bad_certificate);
    CHECK(kind_of(self_signed(), KnownServers::Entry{}) == Kind::bad_certificate);
    CHECK(kind_of(certificate(), KnownServers::Entry{other}) == Kind::none);
}

TEST_CASE("trust: each problem alone is a refusal, and none of them is asked about", "[tls]") {
    for (const bool vouched : {true, false}) {
        const Certificate fine = vouched ? certificate() : self_signed();
        Certificate expired = fine;
        expired.has_expired = true;
        Certificate early = fine;
        early.is_not_yet_valid = true;
        Certificate odd = fine;
        odd.other_problem = "CA signature digest algorithm too weak";
        for (const Certificate& bad : {expired, early, odd}) CHECK(kind_of(bad, unknown) == Kind::bad_certificate);
    }
    Certificate elsewhere = certificate();
    elsewhere.is_for_another_host = true;
    CHECK(kind_of(elsewhere, unknown) == Kind::bad_certificate);
    CHECK(kind_of(elsewhere, KnownServers::Entry{}) == Kind::bad_certificate);
    Certificate own = self_signed();
    own.is_for_another_host = true;  // its fingerprint says who it is, not its name
    CHECK(kind_of(own, unknown) == Kind::unknown_certificate);
}

TEST_CASE("trust: a fingerprint that was asked for is the only one accepted", "[tls]") {
    ServerAddress pinned = server();
    pinned.fingerprint = one;
    Certificate bad = self_signed();
    bad.has_expired = bad.is_for_another_host = true;
    CHECK(judge(bad, pinned, KnownServers::Entry{other}).failure.kind == Kind::none);
    CHECK(judge(bad, pinned, unknown).entry.fingerprint == one);
    pinned.fingerprint = other;
    CHECK(judge(certificate(), pinned, KnownServers::Entry{one}).failure.kind == Kind::bad_certificate);
}

TEST_CASE("trust: what a changed certificate was and is", "[tls]") {
    const auto [failure, entry] = judge(self_signed(), server(), KnownServers::Entry{other});
    CHECK(failure.text.find(one) != std::string::npos);
    CHECK(failure.text.find(other) != std::string::npos);
    CHECK_FALSE(failure.may_pass());
}

TEST_CASE("trust: fingerprints in the forms that are in use", "[tls]") {
    std::string colons = "aa";
    std::string plain = "aa";
    for (int i = 1; i < 32; ++i) colons += ":0B", plain += "0b";
    CHECK(parse_fingerprint(plain) == plain);
    CHECK(parse_fingerprint(colons) == plain);
    CHECK(parse_fingerprint("SHA256:" + plain) == plain);
    CHECK(parse_fingerprint("sha256 Fingerprint=" + colons) == plain);
    for (const std::string& wrong : {std::string(), plain + "0", plain.substr(1), "g" + plain.substr(1), ":" + colons,
                                     colons + ":", "md5:" + plain, "a:" + plain.substr(1)})
        CHECK_FALSE(parse_fingerprint(wrong));
}

TEST_CASE("known servers: the last line about a server counts, and nothing else is touched", "[tls]") {
    const test::TemporaryDirectory scratch;
    const KnownServers servers = known(scratch, "# chat.example.org:5697 authority\n\nchat.example.org:5697 " + one +
                                                    " a comment\nbroken\nb:1 x\nA:1 authority");
    CHECK(servers.find("Chat.Example.org:5697").entry == KnownServers::Entry{one});
    CHECK(servers.find("a:1").entry == KnownServers::Entry{});
    CHECK_FALSE(servers.find("b:1").entry);
    CHECK_FALSE(servers.find("chat.example.org:569").entry);
    CHECK(servers.remember("CHAT.example.org:5697", {}).empty());
    CHECK(servers.remember("[::1]:5697", {other}).empty());
    CHECK(servers.find("a:1").entry == KnownServers::Entry{});
    CHECK(servers.find("chat.example.org:5697").entry == KnownServers::Entry{});
    CHECK(servers.find("[::1]:5697").entry == KnownServers::Entry{other});
}

TEST_CASE("known servers: without a place for them nothing is remembered", "[tls]") {
    const KnownServers servers("");
    CHECK(servers.remember("a:1", {}).empty());
    CHECK_FALSE(servers.find("a:1").entry);
    CHECK(servers.find("a:1").problem.empty());
}

TEST_CASE("routes: TLS or not, as it was asked for", "[tls]") {
    const test::TemporaryDirectory scratch;
    const KnownServers servers = known(scratch, "");
    ServerAddress address = automatic("chat.example.org");
    address.security = Security::tls;
    CHECK(written(routes_to(address, servers, false)) == "tls chat.example.org:5697\n");
    address = automatic("chat.example.org:5000");
    address.security = Security::tls;
    CHECK(written(routes_to(address, servers, false)) == "tls chat.example.org:5000\n");
    address.security = Security::plain;
    CHECK(written(routes_to(address, servers, true)) == "plain chat.example.org:5000\n");
}

TEST_CASE("routes: automatic TLS is tried for a person, and kept once it was there", "[tls]") {
    const test::TemporaryDirectory scratch;
    const KnownServers servers = known(scratch, "c.example.org:5697 authority\n[::1]:6000 " + one + "\n");
    CHECK(written(routes_to(automatic("b.example.org"), servers, true)) ==
          "tls b.example.org:5697\nplain b.example.org:5000\n");
    CHECK(written(routes_to(automatic("b.example.org:6000"), servers, true)) ==
          "tls b.example.org:6697\nplain b.example.org:6000\n");
    CHECK(written(routes_to(automatic("b.example.org"), servers, false)) == "plain b.example.org:5000\n");
    CHECK(written(routes_to(automatic("b.example.org:5697"), servers, false)) == "tls b.example.org:5697\n");
    CHECK(written(routes_to(automatic("b.example.org:65000"), servers, true)) == "plain b.example.org:65000\n");
    for (const bool is_interactive : {true, false}) {
        const Routes known_one = routes_to(automatic("C.example.org"), servers, is_interactive);
        CHECK(written(known_one) == "tls C.example.org:5697\n");
        CHECK(known_one.insists_on_tls);
        CHECK(written(routes_to(automatic("[::1]:6000"), servers, is_interactive)) == "tls [::1]:6000\n");
    }
}

TEST_CASE("routes: a server that was reached is reached in the same way again", "[tls]") {
    const test::TemporaryDirectory scratch;
    const KnownServers servers = known(scratch, "");
    const Routes first = routes_to(automatic("b.example.org:6000"), servers, true);
    for (const ServerAddress& address : first.best_first)
        CHECK(written(routes_to(address, servers, true)) == written({{address}, false, {}}));
    const ServerAddress files = first.best_first.front().with_port("6698");
    CHECK(written(routes_to(files, servers, false)) == "tls b.example.org:6698\n");
    CHECK(files.known_as == "b.example.org:6697");
}

}  // namespace client_trust_test
