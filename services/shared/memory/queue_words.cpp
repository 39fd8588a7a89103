// The words for outcomes.
#include "shared/memory/queue_words.h"

namespace chat {

std::string_view word_of(ForgetOutcome outcome) noexcept {
    switch (outcome) {
        case ForgetOutcome::removed:
            return "removed";
        case ForgetOutcome::unknown:
            return "unknown";
        case ForgetOutcome::ambiguous:
            break;
    }
    return "ambiguous";
}

}  // namespace chat
