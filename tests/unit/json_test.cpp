// JSON values: building, parsing, access and writing.
#include "tests/support/json_in_catch.h"

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace json_test {

using chat::Json;

namespace {

std::string again(const std::string& text) {
    const auto json = Json::parse(text, 16);
    return json ? json->dump() : "none";
}

}  // namespace

TEST_CASE("parsed values are written as they were", "[json]") {
    for (const std::string text :
         {"null", "true", "false", "0", "7", "-7", "18446744073709551615", "-9223372036854775808", "1.5", "\"\"",
          R"("É\n\"")", "[]", "{}", R"({"b":[1,[2,{"x":null}],"y"],"a":{}})"})
        CHECK(again(text) == text);
    CHECK(again(" [ 1 , 2 ] ") == "[1,2]");
    CHECK(again(R"({"a":1,"b":2,"a":3})") == R"({"a":3,"b":2})");
    for (const std::string text : {"", " ", "{", "[1,]", "{}{}", "nul", "\"\xff\"", "'x'", "{1:2}", "\x01"})
        CHECK(again(text) == "none");
}

TEST_CASE("nesting is bounded", "[json]") {
    CHECK(Json::parse("7", 0));
    CHECK(Json::parse("[]", 0));
    CHECK_FALSE(Json::parse("[7]", 0));
    CHECK(Json::parse("[7]", 1));
    CHECK_FALSE(Json::parse(R"([{"x":[]},[[7]]])", 2));
    CHECK(Json::parse(R"([{"x":[]},[[7]]])", 3));
    CHECK_FALSE(Json::parse(std::string(60'000, '['), 16));
}

TEST_CASE("values are built from their contents", "[json]") {
    CHECK(Json().dump() == "null");
    CHECK(Json(true).dump() == "true");
    CHECK(Json(std::numeric_limits<std::uint64_t>::max()).dump() == "18446744073709551615");
    CHECK(Json(-1).dump() == "-1");
    CHECK(Json(7) == Json(7U));
    CHECK_FALSE(Json(7) == Json("7"));
    CHECK_FALSE(Json(0) == Json(false));
    CHECK(Json{{"id", 7}, {"who", {{"name", "Batman"}}}, {"rooms", std::vector<std::string>{"lobby"}}}.dump() ==
          R"({"id":7,"who":{"name":"Batman"},"rooms":["lobby"]})");
    CHECK(Json::array({1, "x", nullptr}).dump() == R"([1,"x",null])");
    CHECK(Json::array().dump() == "[]");
    CHECK(Json::object().dump() == "{}");
}

TEST_CASE("a member keeps its place when it is set again", "[json]") {
    Json json;
    json.set("a", 1);
    json.set("b", 2);
    json.set("a", "x");
    CHECK(json.dump() == R"({"a":"x","b":2})");
}

TEST_CASE("missing members are null, values of another type are empty", "[json]") {
    const Json json{{"text", "x"}, {"number", 7}, {"negative", -7}, {"list", Json::array({1, 2})}, {"null", nullptr}};
    CHECK(json["text"].text() == "x");
    CHECK(json["number"].natural() == 7);
    CHECK(json["list"][1] == 2);
    CHECK(json["list"].size() == 2);
    CHECK(json.size() == 5);
    CHECK(json.contains("null"));
    CHECK(json["null"].is_null());
    CHECK_FALSE(json.contains("absent"));
    CHECK(json["absent"]["deeper"][7].is_null());
    CHECK(json["list"][2].is_null());
    CHECK(json["number"].text().empty());
    CHECK(json["text"].natural() == 0);
    CHECK(json["negative"].natural() == 0);
    CHECK_FALSE(json["negative"].is_natural());
    CHECK_FALSE(json["number"].boolean());
    CHECK(json["text"].items().empty());
    CHECK(json["text"].members().empty());
}

TEST_CASE("JSON is written on a line, in ASCII or as a document", "[json]") {
    const Json json{{"name", "É\xff"}};
    CHECK(json.dump() == "{\"name\":\"É\uFFFD\"}");
    CHECK(json.dump(Json::Form::ascii_line) == R"({"name":"\u00c9\ufffd"})");
    CHECK(json.dump(Json::Form::document) == "{\n  \"name\": \"É\uFFFD\"\n}");
}

}  // namespace json_test
