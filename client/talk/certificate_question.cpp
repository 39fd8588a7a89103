// The question about a certificate: see certificate_question.h.
#include "client/talk/certificate_question.h"

#include "client/net/certificate.h"
#include "shared/text/text_rules.h"

namespace chat {

std::vector<std::string> question_about(const ConnectFailure& failure) {
    return {failure.question, "SHA-256: " + failure.fingerprint,
            "Compare this fingerprint with the one that the server's operator gives you."};
}

CertificateAnswer answer_to_question(std::string_view typed, const ConnectFailure& failure) {
    const std::string answer = trimmed(typed);
    if (equal_ignoring_case(answer, "yes")) return CertificateAnswer::accept;
    if (equal_ignoring_case(answer, "no")) return CertificateAnswer::refuse;
    const auto fingerprint = parse_fingerprint(answer);
    if (!fingerprint) return CertificateAnswer::unclear;
    return *fingerprint == failure.fingerprint ? CertificateAnswer::accept : CertificateAnswer::refuse;
}

}  // namespace chat
