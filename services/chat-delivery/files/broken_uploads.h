// What is known of the contents of uploads whose connections broke, so that a sender that comes back does not make the
// server read everything again. A new process has to, once.
#pragma once

#include "shared/system/sha256.h"

#include <cstdint>
#include <unordered_map>
#include <utility>

namespace chat {

// The hash of a file's first bytes.
struct Hashed {
    Sha256 hash;
    std::uint64_t bytes = 0;
};

// At most one for each row of the table of files: an entry goes when its file ends.
class BrokenUploads {
  public:
    void keep(std::uint64_t file, Hashed hashed) { hashed_.insert_or_assign(file, std::move(hashed)); }
    // Nothing is hashed yet if it is not known.
    [[nodiscard]] Hashed take(std::uint64_t file) {
        auto found = hashed_.extract(file);
        return found.empty() ? Hashed{} : std::move(found.mapped());
    }
    void forget(std::uint64_t file) { hashed_.erase(file); }
    [[nodiscard]] std::size_t size() const noexcept { return hashed_.size(); }

  private:
    std::unordered_map<std::uint64_t, Hashed> hashed_;
};

}  // namespace chat
