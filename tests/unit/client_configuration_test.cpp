// client.toml and the environment, and a line as JSON.
#include "client/configuration.h"
#include "client/scripts/json_line.h"
#include "shared/text/protocol.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <cstdlib>
#include <fstream>
#include <string>

namespace client_configuration_test {

using namespace chat;

namespace {

std::string file_with(const std::string& directory, const std::string& text) {
    const std::string path = directory + "/client.toml";
    std::ofstream(path) << text;
    return path;
}

}  // namespace

TEST_CASE("every setting takes effect", "[client_configuration]") {
    const chat::test::TemporaryDirectory directory;
    ::setenv("HOME", "/home/bruce", 1);
    const Configuration c = load_configuration(
        file_with(directory.path(),
                  "server = '[::1]:6000'\nname = 'Batman'\nrooms = ['ops', 'pub']\n"
                  "download_directory = '~/in'\nlog_directory = '~/said'\nlog_mb = 3\nauto_accept_mb = "
                  "25\nauto_accept_hourly_mb = 60\ncolours = "
                  "false\ntimestamps = true\nplain = true\n"
                  "title = false\ninput_history = 7\nreconnect = false\nnotice = 'none'\nnotice_of = 'all'\n"),
        true);
    CHECK(c.server.written() == "[::1]:6000");
    CHECK(c.name == "Batman");
    CHECK(c.rooms == std::vector<std::string>{"ops", "pub"});
    CHECK(c.download_directory == "/home/bruce/in");
    CHECK(c.log_directory == "/home/bruce/said");
    CHECK(c.log_mb == 3);
    CHECK(c.auto_accept_mb == 25);
    CHECK(c.auto_accept_hourly_mb == 60);
    CHECK_FALSE(c.colours);
    CHECK(c.timestamps);
    CHECK(c.plain);
    CHECK_FALSE(c.title);
    CHECK(c.input_history == 7);
    CHECK_FALSE(c.reconnect);
    CHECK(c.notice == Notice::none);
    CHECK(c.notice_of_all);
}

TEST_CASE("a missing file is an error only if it was named explicitly", "[client_configuration]") {
    CHECK(load_configuration("/nonexistent/client.toml", false).colours);
    CHECK(load_configuration("/nonexistent/client.toml", false).auto_accept_mb == 10);
    CHECK(load_configuration("", false).server.written() == "127.0.0.1:5000");
    CHECK_THROWS_AS(load_configuration("/nonexistent/client.toml", true), ConfigurationError);
}

TEST_CASE("where the file is", "[client_configuration]") {
    ::setenv("HOME", "/home/bruce", 1);
    ::unsetenv("XDG_CONFIG_HOME");
    CHECK(configuration_path() == "/home/bruce/.config/chat/client.toml");
    ::setenv("XDG_CONFIG_HOME", "/cfg", 1);
    CHECK(configuration_path() == "/cfg/chat/client.toml");
    ::unsetenv("XDG_CONFIG_HOME");
}

TEST_CASE("a line as JSON", "[json_line]") {
    const auto json = [](const char* line) { return json_line(parse_server_line(line).value()); };
    CHECK(json("message id=7 from=51990 name=Robin to=all at=x tag=c1 :say \"hi\"\\") ==
          R"({"kind":"message","id":7,"from":51990,"name":"Robin","to":"all","at":"x","text":"say \"hi\"\\"})");
    CHECK(json("client id=x you=yes") == R"({"kind":"client","id":"x","you":true})");
    CHECK(json("client id=1 op=yes voice=yes") == R"({"kind":"client","id":1,"op":true,"voice":true})");
    CHECK(json("client you=maybe count=99999999999999999999999") ==
          R"({"kind":"client","you":"maybe","count":"99999999999999999999999"})");
    CHECK(json("odd text=1 kind=2 :\xff\x1b") == "{\"kind\":\"odd\",\"text\":\"\xEF\xBF\xBD\xEF\xBF\xBD\"}");
}

}  // namespace client_configuration_test
