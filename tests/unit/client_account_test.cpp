// What the client knows of passwords: which words of a line are secret, the questions for them, and whose ticket it
// asks for.
#include "client/net/login_ticket.h"
#include "client/talk/credentials.h"
#include "client/talk/secret_question.h"
#include "client/terminal/secret_words.h"
#include "tests/support/catch.h"

namespace client_account_test {

using namespace chat;

TEST_CASE("passwords and tokens are masked, and nothing else", "[account]") {
    CHECK(masked("/login Robin secret") == "/login Robin ***");
    CHECK(masked("@a1 /LOGIN Robin  secret ") == "@a1 /LOGIN Robin ***");
    CHECK(masked("/nick Robin secret") == "/nick Robin ***");
    CHECK(masked("/register secret token") == "/register *** ***");
    CHECK(masked("/password old new") == "/password *** ***");
    CHECK(masked("/reset Robin token new") == "/reset Robin *** ***");
    CHECK(masked("/msg NickServ IDENTIFY secret") == "/msg NickServ *** ***");
    for (const char* line : {"/login Robin", "/register", "/reset Robin", "/msg Robin secret", "a /login Robin secret",
                             "//login Robin secret", ""}) {
        CHECK(masked(line) == line);
        CHECK_FALSE(has_secret(line));
    }
}

TEST_CASE("a question is complete when its steps are answered", "[account]") {
    SecretQuestion question("/register", {{"New: "}, {"Again: ", true}, {"Invitation: ", false, true}});
    CHECK(question.prompt() == "New: ");
    CHECK(question.answer("with space").problem == "A password cannot contain spaces.");
    CHECK(question.answer("a\tb").problem.empty());
    CHECK(question.prompt() == "Again: ");
    CHECK(question.answer("other").problem == "The two passwords differ.");
    CHECK(question.prompt() == "New: ");
    CHECK(question.answer("\x01").problem == "A password cannot contain control characters.");
    CHECK_FALSE(question.answer("secret").command);
    CHECK_FALSE(question.answer("secret").command);
    CHECK(question.prompt() == "Invitation: ");
    CHECK(question.answer("").command == "/register secret");
    CHECK(SecretQuestion("/login Robin", {{"Password: "}}).answer("").is_cancelled);
    CHECK(SecretQuestion("/login Robin", {{"Password: "}}).answer("secret").command == "/login Robin secret");
}

TEST_CASE("the question for a name understands a login", "[account]") {
    CHECK(parse_name_typed(" Robin ").name == "Robin");
    CHECK(parse_name_typed("/login Robin").name == "Robin");
    CHECK(parse_name_typed("/NICK Robin").name == "Robin");
    const NameTyped both = parse_name_typed("/login  Robin secret");
    CHECK(both.name == "Robin");
    CHECK(both.secret == "secret");
    for (const char* line : {"", "  ", "/login", "Robin Hood", "/login Robin a b", "/help", "/"})
        CHECK_FALSE(parse_name_typed(line).problem.empty());
}

TEST_CASE("a ticket goes to the server at the usual port, or to the one that was named", "[account]") {
    ServerAddress server;
    CHECK(login_socket_of(server, "") == "/run/chat/login.sock");
    CHECK(login_socket_of(server, "/tmp/login.sock") == "/tmp/login.sock");
    server.port = "5697";
    CHECK(login_socket_of(server, "") == "/run/chat/login.sock");
    server.port = "6000";
    CHECK(login_socket_of(server, "").empty());
    CHECK_FALSE(login_ticket("/nonexistent/login.sock", "nobody-of-this-name", 0));
}

}  // namespace client_account_test
