// The thread, and how it waits for the log.
#include "chat-acceptor/questions/history_reader.h"

#include "chat-acceptor/questions/history_question.h"
#include "shared/log/database.h"
#include "shared/system/crash_point.h"

#include <pthread.h>

#include <utility>

namespace chat {
namespace {

constexpr std::chrono::milliseconds look_again{5};

// Does it change what the log has about messages, or what is kept? Answers do not: the log gathers for a while before
// it passes them, and the next page need not wait for that.
bool changes_messages(RecordKind kind) noexcept {
    return family_of(kind) == RecordFamily::message || kind == RecordKind::logged_in || kind == RecordKind::kept_page ||
           kind == RecordKind::kept_ended || kind == RecordKind::closed || kind == RecordKind::forget ||
           kind == RecordKind::deleted || kind == RecordKind::topic;
}

template <typename Question, typename Reader>
Answer answer_from(std::optional<Reader>& reader, HistoryPages& pages, const std::string& directory,
                   std::string_view text, std::uint64_t upto) {
    const auto question = Question::of(text);
    if (!question) return {};
    if (!reader) reader.emplace(directory);
    return reader->read(*question, pages, upto);
}

}  // namespace

HistoryReader::HistoryReader(const Segment& segment, std::string directory)
    : segment_(&segment),
      directory_(std::move(directory)),
      noted_(segment.words().tail.load(std::memory_order_relaxed)),
      thread_([this] {
          ::pthread_setname_np(::pthread_self(), "history");
          run();
      }) {}

HistoryReader::~HistoryReader() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void HistoryReader::note(const Record& record, Position end) noexcept {
    if (changes_messages(record.kind)) noted_ = end;
}

void HistoryReader::ask(Authority authority, std::string_view text, std::function<void(Answer)> done) {
    const QueueWords& words = segment_->words();
    {
        const std::lock_guard lock(mutex_);
        pending_.push_back({authority, std::string(text), std::move(done),
                            words.sequence.load(std::memory_order_relaxed), noted_,
                            words.tail.load(std::memory_order_relaxed), Clock::now() + longest_wait});
    }
    changed_.notify_all();
}

// The rows of sessions have the ids that senders had.
bool HistoryReader::is_logged(const Pending& asked) const noexcept {
    const QueueWords& words = segment_->words();
    return words.logged.load(std::memory_order_acquire) >= asked.noted &&
           words.sessions_logged.load(std::memory_order_acquire) >= asked.end;
}

void HistoryReader::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || !pending_.empty(); });
        if (stopping_) return;
        const Pending asked = std::move(pending_.front());
        pending_.pop_front();
        while (!stopping_ && !is_logged(asked) && Clock::now() < asked.due)
            changed_.wait_for(lock, look_again, [this] { return stopping_; });
        if (stopping_) return;
        lock.unlock();
        CHAT_CRASH_POINT("history: log has passed the question");
        // Nobody waits any longer for one that is overdue.
        const bool is_due = Clock::now() < asked.due && is_logged(asked);
        asked.done(is_due ? read(asked) : no_answer_to(asked));
        lock.lock();
    }
}

// What chat-auth has said before is not lost.
Answer HistoryReader::no_answer_to(const Pending& asked) {
    const auto kept = asked.authority == Authority::kept ? KeptQuestion::of(asked.text) : std::nullopt;
    return kept && !kept->login.empty() ? KeptAnswer::unknown(kept->login) : Answer();
}

Answer HistoryReader::read(const Pending& asked) {
    try {
        Answer answer = read_database(asked);
        CHAT_CRASH_POINT("history: page read");
        return answer;
    } catch (const DatabaseError&) {
        pages_.reset();  // the log's writers report what is wrong with the database
        kept_.reset();
        unread_.reset();
        targets_.reset();
        markers_.reset();
        deletable_.reset();
        return no_answer_to(asked);
    }
}

Answer HistoryReader::read_database(const Pending& asked) {
    if (asked.authority == Authority::kept) {
        const auto question = KeptQuestion::of(asked.text);
        if (!question) return {};
        if (!kept_) kept_.emplace(directory_);
        return kept_->read(*question, asked.upto);
    }
    if (!pages_) pages_.emplace(directory_);
    if (asked.authority == Authority::deletion)
        return answer_from<DeletionQuestion>(deletable_, *pages_, directory_, asked.text, asked.upto);
    if (asked.authority == Authority::unread)
        return answer_from<UnreadQuestion>(unread_, *pages_, directory_, asked.text, asked.upto);
    if (asked.authority == Authority::targets)
        return answer_from<TargetsQuestion>(targets_, *pages_, directory_, asked.text, asked.upto);
    if (asked.authority == Authority::marker)
        return answer_from<MarkerQuestion>(markers_, *pages_, directory_, asked.text, asked.upto);
    const auto question = HistoryQuestion::of(asked.text);
    if (!question) return {};
    return pages_->read(*question, asked.upto);
}

}  // namespace chat
