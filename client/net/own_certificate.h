// The person's own certificate for TLS, with which they can log in.
#pragma once

#include <memory>
#include <string>

// OpenSSL's own names: its headers are for the rooms of TLS alone.
struct ssl_ctx_st;

namespace chat {

class OwnCertificate {
  public:
    // Files in PEM format: the certificate, followed by those that vouch for it, if any; and its key, which nobody else
    // may be able to read. Both may be the same file. Throws std::runtime_error, one line for people.
    OwnCertificate(const std::string& certificate_path, const std::string& key_path);
    ~OwnCertificate();
    OwnCertificate(const OwnCertificate&) = delete;
    OwnCertificate& operator=(const OwnCertificate&) = delete;

    // Shows it to servers that ask for one, over the connections of `context`. False: OpenSSL cannot. May be called by
    // several threads at once.
    [[nodiscard]] bool use_in(ssl_ctx_st* context) const;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace chat
