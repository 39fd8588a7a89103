// Metrics of the server as text, and as the answer to a monitoring system that asks over HTTP.
#pragma once

#include "control/arguments.h"
#include "shared/system/varlink.h"

#include <functional>
#include <string>
#include <string_view>

namespace chat {

// In the text format of OpenMetrics 1.0: https://prometheus.io/docs/specs/om/open_metrics_spec/
[[nodiscard]] std::string open_metrics(const Json& metrics);

// The response to a request of HTTP/1.0 or 1.1 (RFC 9112), after which the connection ends. `request` is all up to the
// empty line, or as much as came. `metrics` is called for GET and HEAD of /metrics; a Failure becomes 503.
[[nodiscard]] std::string http_response(std::string_view request, const std::function<std::string()>& metrics);

// `chatctl metrics`: prints them. With --http, standard input is the connection of the one who asks.
int show_metrics(const Arguments& arguments);

}  // namespace chat
