// Settings that are words, texts or lists: which values they may have.
#include "shared/system/config.h"
#include "tests/support/catch.h"

#include <string>
#include <utility>
#include <vector>

namespace config_texts_test {

using namespace chat;

namespace {

Config from_assignments(std::vector<std::string> assignments) {
    ConfigSources sources;
    sources.assignments = std::move(assignments);
    return load_config(sources);
}

std::string error_of_assignment(const std::string& assignment) {
    try {
        (void)from_assignments({assignment});
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "no error";
}

void begins(const std::string& text, const std::string& beginning) {
    INFO(text);
    CHECK(text.starts_with(beginning));
}

}  // namespace

TEST_CASE("a word is one of its choices", "[config]") {
    CHECK(from_assignments({"accounts.register = \"open\""}).accounts_register == "open");
    CHECK(from_assignments({"accounts.guests = \"no\""}).accounts_guests == "no");
    for (const char* wrong : {"accounts.register = \"Open\"", "accounts.register = \"\"", "accounts.register = true"})
        CHECK(error_of_assignment(wrong).find("accounts.register: expected \"off\" or") != std::string::npos);
    CHECK(from_assignments({"log.full=\"continue\""}).skips_rows());
    CHECK_FALSE(from_assignments({"log.full=\"wait\""}).skips_rows());
    for (const std::string value : {"\"stop\"", "\"\"", "1", "true", "[\"wait\"]"})
        CHECK(error_of_assignment("log.full=" + value) ==
              "--set log.full=" + value + ": log.full: expected \"wait\" or \"continue\"");
}

TEST_CASE("a list of addresses takes addresses and networks, and nothing else", "[config]") {
    CHECK(from_assignments({R"(limits.trusted_addresses=["192.0.2.7", "10.0.0.0/8", "2001:db8::/32"])"})
              .trusted_addresses == std::vector<std::string>{"192.0.2.7", "10.0.0.0/8", "2001:db8::/32"});
    CHECK(from_assignments({"limits.trusted_addresses=[]"}).trusted_addresses.empty());
    for (const char* value :
         {R"(["Gotham"])", R"(["192.0.2.7/33"])", R"(["192.0.2.7:5000"])", R"("192.0.2.7")", "[1]", R"([""])"})
        begins(error_of_assignment(std::string("limits.trusted_addresses=") + value),
               std::string("--set limits.trusted_addresses=") + value +
                   ": limits.trusted_addresses: expected a list of addresses");
    begins(error_of_assignment(R"(rooms.auto_join=["two words"])"),
           R"(--set rooms.auto_join=["two words"]: rooms.auto_join: expected a list of names)");
}

TEST_CASE("a free text has a form and a longest size", "[config]") {
    CHECK(from_assignments({R"(irc.motd="Be kind.\nNo spam.")"}).irc_motd == "Be kind.\nNo spam.");
    CHECK(from_assignments({R"(irc.server_name="irc.example.org")"}).irc_server_name == "irc.example.org");
    for (const char* assignment :
         {R"(irc.network="two words")", R"(irc.network="")", R"(irc.network=1)",
          R"(irc.network="a-name-that-is-longer-than-32-bytes")", R"(irc.server_name="under_score")",
          R"(irc.password="with space")", R"(irc.motd="\u0007")"})
        CHECK(error_of_assignment(assignment).find(": expected a ") != std::string::npos);
}

TEST_CASE("names with password hashes are taken as they are, and never shown in an error", "[config]") {
    const std::string hash = "$y$j9T$" + std::string(22, 'a') + '$' + std::string(43, 'b');
    CHECK(from_assignments({"irc.operators={ Batman = \"" + hash + "\" }"}).irc_operators ==
          SecretsByName{{"Batman", hash}});
    CHECK(from_assignments({"irc.operators.Batman=\"" + hash + "\"", "irc.operators={}"}).irc_operators.empty());
    for (const char* value : {"{ Batman = \"plain-horse\" }", "{ Batman = \"\" }", "{ Batman = 1 }", "\"plain-horse\"",
                              "{ \"two words\" = \"plain-horse\" }", "{ Batman = { a = \"plain-horse\" } }"}) {
        const std::string error = error_of_assignment(std::string("irc.operators=") + value);
        begins(error, "--set irc.operators: irc.operators: ");
        CHECK(error.find("plain-horse") == std::string::npos);
    }
    CHECK(error_of_assignment(R"(irc={ operators = { Batman = "plain-horse" } })").find("plain-horse") ==
          std::string::npos);
    ConfigSources sources;
    sources.assignments = {R"(irc.operators={ Batman = "plain horse" })"};
    sources.allows_plain_secrets = true;
    CHECK(load_config(sources).irc_operators.at("Batman") == "plain horse");
}

}  // namespace config_texts_test
