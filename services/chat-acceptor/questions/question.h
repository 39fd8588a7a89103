// What an act has to know before it can be performed, if finding out takes longer than a turn: the work of a thread or
// of another program.
//
// A command that waits is a line that is not consumed. Nothing else is stored about it: a successor reads the line
// again and asks again. So a question may be asked twice; an answerer that changes something recognises a repetition by
// the key.
#pragma once

#include "shared/system/clock.h"
#include "shared/system/secret.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

// One line of one client: its session, and the position in its stream where the line ends.
struct QuestionKey {
    std::uint64_t session = 0;
    std::uint64_t position = 0;
    bool again = false;  // an earlier process may have asked: what it changes may have happened
    friend bool operator==(const QuestionKey&, const QuestionKey&) = default;
};

// Who is asked. Each has one Answerer.
enum class Authority : std::uint8_t {
    sleeper,   // for tests: answers with the same text, later
    accounts,  // chat-auth; account_question.h has the texts
    history,   // the log; history_question.h
    kept,      // the log; kept_question.h
    unread,    // the log; unread_question.h
    names,     // nobody: waits, without a text, until the registered names are known
    targets,   // the log; targets_question.h
    marker,    // the log; marker_question.h
    deletion,  // the log; deletion_question.h
};
inline constexpr std::size_t authority_count = 9;

struct Question {
    Authority authority;
    Secret text;  // whatever the authority understands; may contain a password
    // Without an answer for this long, instead of the usual time, nothing was done.
    std::optional<Microseconds> timeout = {};
    // It is asked when the earlier sessions of this account have ended; 0: at once.
    std::uint32_t after_sessions_of = 0;
};

struct Answer {
    bool came = false;  // otherwise the time was up, there was no room, or nobody to ask
    std::string text;
    bool is_preliminary = false;  // the act may have to ask something else now
};

class Answerer {
  public:
    virtual ~Answerer() = default;
    // Starts to find the answer and returns at once. `done` is called once, from any thread, possibly after this object
    // is gone.
    virtual void ask(const QuestionKey& key, std::string_view text, std::function<void(Answer)> done) = 0;
};

}  // namespace chat
