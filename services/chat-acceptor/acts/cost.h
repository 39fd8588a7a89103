// What a command costs, in tokens of its client's rate: one, and more if many clients receive it or its answer is long.
#pragma once

#include "shared/records/record.h"

#include <cstdint>

namespace chat {

// In addition to the first token: one for each 64 receivers, and one for each 64 rows of a list.
[[nodiscard]] std::int64_t further_cost(const Record& record) noexcept;

}  // namespace chat
