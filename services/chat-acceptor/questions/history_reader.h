// Answers questions about the history of rooms and conversations, and about what is kept for accounts: one thread with
// its own connection to the database, which only reads, one question after the other.
//
// A page is complete up to the number of the newest record at the time of the question: the thread waits until the log
// has passed the newest one that changes what is read, and only then looks at the database.
#pragma once

#include "chat-acceptor/questions/deletable_messages.h"
#include "chat-acceptor/questions/history_pages.h"
#include "chat-acceptor/questions/kept_pages.h"
#include "chat-acceptor/questions/question.h"
#include "chat-acceptor/questions/read_markers.h"
#include "chat-acceptor/questions/target_places.h"
#include "chat-acceptor/questions/unread_places.h"
#include "shared/memory/segment.h"
#include "shared/records/record.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace chat {

class HistoryReader final : public Answerer {
  public:
    // For the log, and for its turn.
    static constexpr std::chrono::seconds longest_wait{10};

    // The database is in `directory`. `segment` outlives this object.
    HistoryReader(const Segment& segment, std::string directory);
    ~HistoryReader() override;
    HistoryReader(const HistoryReader&) = delete;
    HistoryReader& operator=(const HistoryReader&) = delete;

    // Call these where records are published: a record that ends at this position was; and a question.
    void note(const Record& record, Position end) noexcept;
    void ask(const QuestionKey& /*key*/, std::string_view text, std::function<void(Answer)> done) override {
        ask(Authority::history, text, std::move(done));
    }
    // The same for other questions to the log.
    void ask(Authority authority, std::string_view text, std::function<void(Answer)> done);

  private:
    using Clock = std::chrono::steady_clock;
    struct Pending {
        Authority authority;
        std::string text;
        std::function<void(Answer)> done;
        std::uint64_t upto;  // number of the newest record
        Position noted;      // where the log has to be, for the rows of messages
        Position end;        // the same for those of sessions
        Clock::time_point due;
    };
    void run();
    [[nodiscard]] bool is_logged(const Pending& asked) const noexcept;
    [[nodiscard]] static Answer no_answer_to(const Pending& asked);
    [[nodiscard]] Answer read(const Pending& asked);
    [[nodiscard]] Answer read_database(const Pending& asked);

    const Segment* segment_;
    std::string directory_;
    Position noted_;  // the end of the newest record that changes what is read; the publishing thread's
    // The thread's; empty: not opened yet, or closed after an error.
    std::optional<HistoryPages> pages_;
    std::optional<KeptPages> kept_;
    std::optional<UnreadPlaces> unread_;
    std::optional<TargetPlaces> targets_;
    std::optional<ReadMarkers> markers_;
    std::optional<DeletableMessages> deletable_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Pending> pending_;
    bool stopping_ = false;
    std::thread thread_;
};

// The way to it for one of the other authorities.
class LogAnswerer final : public Answerer {
  public:
    // `reader` outlives it.
    LogAnswerer(HistoryReader& reader, Authority authority) : reader_(&reader), authority_(authority) {}
    void ask(const QuestionKey& /*key*/, std::string_view text, std::function<void(Answer)> done) override {
        reader_->ask(authority_, text, std::move(done));
    }

  private:
    HistoryReader* reader_;
    Authority authority_;
};

}  // namespace chat
