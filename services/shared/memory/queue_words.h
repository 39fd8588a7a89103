// The words of the queue in shared memory, with their writers, and the outcome of the last request to forget.
#pragma once

#include "shared/memory/queue.h"

#include <cstdint>
#include <string_view>

namespace chat {

// Each writer has its own cache lines. Unused words are zero and reserved for future words.
struct QueueWords {
    alignas(64) SharedWord tail;  // acceptor: position after the last committed record
    SharedWord unused_after_tail[7];
    alignas(64) SharedWord checkpoint;  // acceptor: every record before it is applied to the rows
    SharedWord sequence;                // acceptor: a number not below that of any applied record
    SharedWord sessions_logged;         // acceptor: every session record before it is in the database, or skipped
    SharedWord skipped_sessions;        // acceptor's log writer: see shared/log/skipped_rows.h
    SharedWord last_skipped_session;
    SharedWord log_id;  // acceptor: of the database; 0: not known, or 0.1 had none
    SharedWord unused_of_acceptor[2];
    alignas(64) SharedWord head;  // delivery: every record before it is fanned out
    SharedWord unused_of_delivery[7];
    alignas(64) SharedWord logged;  // delivery's log writer: every record before it is in the database, or skipped
    SharedWord forgotten;           // number of the last completed request to forget; 0 while the following change
    SharedWord forgotten_outcome;   // ForgetOutcome
    SharedWord forgotten_sessions;  // what was found and removed
    SharedWord forgotten_messages;
    SharedWord forgotten_files;
    SharedWord skipped_messages;  // see shared/log/skipped_rows.h
    SharedWord last_skipped_message;
    alignas(64) SharedWord unused[16];
};

// The outcome of a request to forget.
enum class ForgetOutcome : std::uint8_t {
    removed,
    unknown,    // the log has no session of that name or id
    ambiguous,  // several clients have had this id over time: nothing was removed
};
[[nodiscard]] std::string_view word_of(ForgetOutcome outcome) noexcept;

}  // namespace chat
