// Asking, and collecting the answers.
#include "chat-acceptor/questions/questions.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

namespace chat {

struct Questions::Mailbox {
    UniqueFd fd;
    std::mutex mutex;
    std::map<std::uint64_t, Answer> answers;  // by the question's number
};

Questions::Questions(std::size_t most, Microseconds timeout)
    : usual_{most, timeout}, came_(std::make_shared<Mailbox>()) {
    came_->fd = UniqueFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!came_->fd) throw std::system_error(errno, std::generic_category(), "creating an eventfd");
}

int Questions::fd() const noexcept {
    return came_->fd.get();
}

void Questions::set_answerer(Authority authority, std::unique_ptr<Answerer> answerer, Patience patience) {
    authorities_[static_cast<std::size_t>(authority)] = {std::move(answerer), patience, 0};
}

bool Questions::ask(SlotId client, const QuestionKey& key, const Question& question, Microseconds now,
                    const std::optional<Network>& host) {
    auto& [answerer, patience, pending] = authorities_[static_cast<std::size_t>(question.authority)];
    if (answerer == nullptr || (pending >= patience.most && !key.again)) return false;
    if (host && !key.again &&
        std::cmp_greater_equal(
            std::count_if(asked_.begin(), asked_.end(), [&](const Asked& asked) { return asked.host == host; }),
            most_of_a_host))
        return false;
    ++pending;
    const std::uint64_t number = ++last_number_;
    asked_.push_back({client, number, now + question.timeout.value_or(patience.timeout), question.authority, host});
    answerer->ask(key, question.text.view(), [came = came_, number](Answer answer) {
        const std::lock_guard lock(came->mutex);
        came->answers.emplace(number, std::move(answer));
        (void)::eventfd_write(came->fd.get(), 1);
    });
    return true;
}

void Questions::cancel(SlotId client) noexcept {
    std::erase_if(asked_, [&](const Asked& asked) {
        if (asked.client != client) return false;
        --authorities_[static_cast<std::size_t>(asked.authority)].pending;
        return true;
    });
}

std::vector<Questions::Answered> Questions::take_answered(Microseconds now) {
    eventfd_t ignored = 0;
    (void)::eventfd_read(came_->fd.get(), &ignored);
    std::map<std::uint64_t, Answer> answers;
    {
        const std::lock_guard lock(came_->mutex);
        answers.swap(came_->answers);
    }
    std::vector<Answered> answered;
    std::erase_if(asked_, [&](const Asked& asked) {
        const auto answer = answers.find(asked.number);
        if (answer == answers.end() && now < asked.due) return false;
        --authorities_[static_cast<std::size_t>(asked.authority)].pending;
        answered.push_back({asked.client, answer == answers.end() ? Answer() : std::move(answer->second)});
        return true;
    });
    return answered;
}

}  // namespace chat
