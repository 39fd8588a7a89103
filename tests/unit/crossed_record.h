// A record on the other side of the queue, for tests of its kinds.
#pragma once

#include "shared/records/message.h"
#include "shared/records/record.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace records_test {

using namespace chat;

inline const std::vector<SlotId> two = {{3, 7}, {0xfffffffe, 0xffffffff}};

// A record on the other side of the queue.
class Crossed {
  public:
    explicit Crossed(const Record& sent) : bytes_(encoded_size(sent)) {
        encode(sent, bytes_);
        const auto decoded = decode(bytes_);
        REQUIRE(decoded);
        record = *decoded;
        REQUIRE(record.kind == sent.kind);
        // The receivers that a constructor sets.
        REQUIRE(
            std::equal(record.receivers.begin(), record.receivers.end(), sent.receivers.begin(), sent.receivers.end()));
    }

    Record record;

  private:
    std::vector<std::byte> bytes_;
};

inline bool is_to(std::span<const SlotId> receivers, const std::vector<SlotId>& expected) {
    return std::equal(receivers.begin(), receivers.end(), expected.begin(), expected.end());
}

inline const std::vector<MessageTarget> targets = {ToClient{51990, 0x1112131415161718, "Joker"}, ToRoom{"films"},
                                                   ToGroup{"4711"}, ToEveryone{}};

}  // namespace records_test
