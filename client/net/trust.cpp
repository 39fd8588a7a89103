// Whether a server's certificate is accepted: see trust.h.
#include "client/net/trust.h"

namespace chat {

namespace {

using Failure = ConnectFailure::Kind;

Judgement refuse(std::string text) {
    return {{Failure::bad_certificate, std::move(text), {}}, {}};
}

// What a person can do who knows better.
std::string way_out(const Certificate& certificate) {
    return "; --fingerprint " + certificate.fingerprint + " accepts exactly this certificate";
}

std::string who_vouches(const Certificate& certificate, const std::string& subject) {
    if (certificate.is_self_signed) return subject + " is self-signed";
    return subject + " is from " + (certificate.issuer.empty() ? "an authority" : certificate.issuer) +
           ", which this system does not know";
}

Judgement ask_about(const Certificate& certificate, const std::string& subject) {
    const std::string vouches = who_vouches(certificate, subject);
    return {{Failure::unknown_certificate,
             vouches + ", with the SHA-256 fingerprint " + certificate.fingerprint +
                 ". If the server's operator confirms this fingerprint, accept the certificate with --fingerprint " +
                 certificate.fingerprint,
             certificate.fingerprint, "T" + vouches.substr(1) + "."},
            {}};
}

}  // namespace

Judgement judge(const Certificate& certificate, const ServerAddress& server,
                const std::optional<KnownServers::Entry>& known) {
    const std::string subject = "the certificate of " + server.written();
    if (!server.fingerprint.empty()) {
        if (certificate.fingerprint == server.fingerprint) return {{}, {certificate.fingerprint}};
        return refuse(subject + " has the SHA-256 fingerprint " + certificate.fingerprint + ", expected " +
                      server.fingerprint);
    }
    if (certificate.is_fine()) return {};
    if (known && !known->fingerprint.empty()) {
        if (certificate.fingerprint == known->fingerprint) return {{}, *known};
        return refuse(subject + " has changed: its SHA-256 fingerprint was " + known->fingerprint + " and is now " +
                      certificate.fingerprint +
                      ". Unless the server's operator has replaced it, somebody may be intercepting the connection" +
                      way_out(certificate));
    }
    if (known && certificate.is_unvouched())
        return refuse(who_vouches(certificate, subject) +
                      "; before, an authority of this system vouched for the server. Unless the server's operator has "
                      "replaced the certificate, somebody may be intercepting the connection" +
                      way_out(certificate));
    if (certificate.has_expired)
        return refuse(subject + " has expired: it was valid until " + certificate.valid_until + way_out(certificate));
    if (certificate.is_not_yet_valid)
        return refuse(subject + " is not valid before " + certificate.valid_from + ", by the clock of this machine" +
                      way_out(certificate));
    if (!certificate.other_problem.empty())
        return refuse(subject + " cannot be used: " + certificate.other_problem +
                      (certificate.fingerprint.empty() ? "" : way_out(certificate)));
    if (certificate.is_unvouched()) return ask_about(certificate, subject);
    return refuse(subject + " is for " + (certificate.names.empty() ? "another host" : certificate.names) +
                  ", not for " + server.host + way_out(certificate));
}

}  // namespace chat
