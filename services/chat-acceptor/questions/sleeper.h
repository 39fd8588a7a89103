// An answerer for tests: the answer to "MILLISECONDS TEXT" is the text, after that delay.
#pragma once

#ifdef CHAT_CRASH_POINTS

#include "chat-acceptor/questions/question.h"

namespace chat {

class Sleeper : public Answerer {
  public:
    void ask(const QuestionKey& key, std::string_view text, std::function<void(Answer)> done) override;
};

}  // namespace chat

#endif
