// Metrics as text, and the answers to requests over HTTP.
#include "control/exit_status.h"
#include "control/metrics.h"
#include "tests/support/json_in_catch.h"

#include <string>

namespace control_metrics_test {

using namespace chat;

namespace {

std::string answer(const std::string& request) {
    return http_response(request, [] { return std::string("# EOF\n"); });
}

std::string status_of(const std::string& request) {
    const std::string text = answer(request);
    return text.substr(0, text.find("\r\n"));
}

}  // namespace

TEST_CASE("metrics are in the format of OpenMetrics", "[control]") {
    const Json metrics =
        Json::array({Json{{"name", "chat_build"},
                          {"type", "info"},
                          {"help", "One \\ \"line\"\n"},
                          {"samples", Json::array({Json{{"labels", {{"version", "0\n\"\\"}}}, {"value", 1U}}})}},
                     Json{{"name", "chat_sent_bytes"},
                          {"type", "counter"},
                          {"unit", "bytes"},
                          {"help", "Bytes."},
                          {"samples", Json::array({Json{{"labels", Json::object()}, {"value", 7U}}})}},
                     Json{{"name", "chat_delay_seconds"},
                          {"type", "gauge"},
                          {"unit", "seconds"},
                          {"help", "Delay."},
                          {"samples", Json::array({Json{{"labels", {{"log", "a"}, {"of", "b"}}}, {"value", 0.25}}})}}});
    CHECK(open_metrics(metrics) ==
          "# TYPE chat_build info\n"
          "# HELP chat_build One \\\\ \\\"line\\\"\\n\n"
          "chat_build_info{version=\"0\\n\\\"\\\\\"} 1\n"
          "# TYPE chat_sent_bytes counter\n"
          "# UNIT chat_sent_bytes bytes\n"
          "# HELP chat_sent_bytes Bytes.\n"
          "chat_sent_bytes_total 7\n"
          "# TYPE chat_delay_seconds gauge\n"
          "# UNIT chat_delay_seconds seconds\n"
          "# HELP chat_delay_seconds Delay.\n"
          "chat_delay_seconds{log=\"a\",of=\"b\"} 0.25\n"
          "# EOF\n");
    CHECK(open_metrics({}) == "# EOF\n");
}

TEST_CASE("http: metrics are at one path", "[control]") {
    CHECK(answer("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n") ==
          "HTTP/1.1 200 OK\r\n"
          "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"
          "Content-Length: 6\r\n"
          "Connection: close\r\n\r\n"
          "# EOF\n");
    CHECK(answer("HEAD /metrics HTTP/1.0\r\n\r\n").ends_with("Content-Length: 6\r\nConnection: close\r\n\r\n"));
    CHECK(status_of("GET /metrics?name[]=chat_clients HTTP/1.1\r\n\r\n") == "HTTP/1.1 200 OK");
    CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == "HTTP/1.1 404 Not Found");
    CHECK(status_of("GET /metrics/ HTTP/1.1\r\n\r\n") == "HTTP/1.1 404 Not Found");
}

TEST_CASE("http: other requests are refused", "[control]") {
    CHECK(status_of("POST /metrics HTTP/1.1\r\n\r\n") == "HTTP/1.1 405 Method Not Allowed");
    CHECK(answer("PUT /metrics HTTP/1.1\r\n\r\n").find("\r\nAllow: GET, HEAD\r\n") != std::string::npos);
    for (const char* wrong : {"", "\r\n\r\n", "GET\r\n\r\n", "GET /metrics\r\n\r\n", "GET /metrics HTTP/2\r\n\r\n",
                              "GET /metrics HTTP/1.1\r\nHost: x\r\n", " \r\n\r\n", "\x16\x03\x01"})
        CHECK(status_of(wrong) == "HTTP/1.1 400 Bad Request");
    CHECK(status_of(std::string(10'000, 'x')) == "HTTP/1.1 400 Bad Request");
}

TEST_CASE("http: a server that is away is unavailable", "[control]") {
    const std::string text = http_response("GET /metrics HTTP/1.1\r\n\r\n",
                                           []() -> std::string { throw Failure(exit_no_server, "nobody listens"); });
    CHECK(text.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
    CHECK(text.ends_with("\r\n\r\nnobody listens\n"));
}

}  // namespace control_metrics_test
