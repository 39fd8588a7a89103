// Questions for passwords: see secret_question.h.
#include "client/talk/secret_question.h"

#include "client/talk/credentials.h"

namespace chat {

SecretQuestion::Answered SecretQuestion::answer(std::string_view typed) {
    const Step& step = steps_[answers_.size()];
    if (typed.empty() && !step.is_optional) return {.is_cancelled = true};
    if (step.repeats && typed != answers_.back()) {
        answers_.pop_back();
        return {.problem = "The two passwords differ."};
    }
    if (std::string problem = problem_of_secret(typed); !problem.empty()) return {.problem = std::move(problem)};
    answers_.emplace_back(typed);
    if (answers_.size() < steps_.size()) return {};
    for (std::size_t i = 0; i < steps_.size(); ++i)
        if (!steps_[i].repeats && !answers_[i].empty()) command_ += " " + answers_[i];
    return {.command = std::move(command_)};
}

}  // namespace chat
