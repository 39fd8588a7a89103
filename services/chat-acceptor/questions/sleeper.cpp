// One thread per question, which sleeps.
#include "chat-acceptor/questions/sleeper.h"

#ifdef CHAT_CRASH_POINTS

#include "shared/text/line.h"

#include <chrono>
#include <thread>
#include <utility>

namespace chat {

void Sleeper::ask(const QuestionKey& /*key*/, std::string_view text, std::function<void(Answer)> done) {
    const auto [number, words] = split_first_word(text);
    std::thread([pause = std::chrono::milliseconds(whole_number<std::uint32_t>(number).value_or(0)),
                 answer = std::string(words), done = std::move(done)] {
        std::this_thread::sleep_for(pause);
        done({true, answer});
    }).detach();
}

}  // namespace chat

#endif
