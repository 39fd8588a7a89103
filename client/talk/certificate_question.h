// The question about a certificate that nobody vouches for: its fingerprint can be compared, like ssh's.
#pragma once

#include "client/net/trust.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

inline constexpr std::string_view certificate_question = "Trust this certificate from now on? (yes or no)";
inline constexpr std::string_view certificate_refused = "the server's certificate was not accepted";

// The lines that come before the question.
[[nodiscard]] std::vector<std::string> question_about(const ConnectFailure& failure);

enum class CertificateAnswer : std::uint8_t { accept, refuse, unclear };
// What was typed: yes, no, or the fingerprint as the operator told it; another one refuses.
[[nodiscard]] CertificateAnswer answer_to_question(std::string_view typed, const ConnectFailure& failure);

}  // namespace chat
