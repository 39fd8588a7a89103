// One datagram after the other: the answers of protocol section 7, and never more bytes sent than it allows.
#include "chat-acceptor/clients/datagram.h"
#include "tests/fuzz/check.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

using namespace chat;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr Microseconds now = 1'795'177'865'123'456;
    const std::string_view request(reinterpret_cast<const char*>(data), size);
    const std::string answer = answer_datagram(request, now);
    require(answer.size() <= std::max<std::size_t>(32, size), "an answer is no longer than its request or 32 bytes");
    std::string_view line = request;
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line == "ERROR unknown request")
        require(answer.empty(), "an empty datagram is not answered, nor the answer of another server");
    else if (line == "SEND_DATE")
        require(answer == local_date(now), "SEND_DATE gets the date");
    else if (line == "SEND_TIME")
        require(answer == local_time(now), "SEND_TIME gets the time");
    else if (line.starts_with("ECHO "))
        require(answer == line.substr(5), "ECHO gets its text");
    else
        require(answer == "ERROR unknown request", "anything else gets an error");
    return 0;
}
