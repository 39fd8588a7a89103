// The result of an act: the record to publish, with the strings and receivers that it needs and that are stored nowhere
// else.
#pragma once

#include "chat-acceptor/acts/receivers.h"
#include "shared/records/answer.h"
#include "shared/records/error_code.h"
#include "shared/records/record.h"

#include <string>
#include <utility>

namespace chat {

class Draft {
  public:
    // The views of `record` must outlive the draft, except those that are given to it below.
    explicit Draft(const Record& record) : record_(record) {}
    Draft(const Record& record, Receivers receivers) : record_(record), receivers_(std::move(receivers)) {}

    // An answer that refuses.
    [[nodiscard]] static Draft refusal(ErrorCode code, std::string text);

    Draft&& with_text(std::string text) && {
        text_ = std::move(text);
        has_text_ = true;
        return std::move(*this);
    }
    Draft&& with_name(std::string name) && {
        name_ = std::move(name);
        return std::move(*this);
    }
    Draft&& with_target(std::string target) && {
        target_ = std::move(target);
        has_target_ = true;
        return std::move(*this);
    }

    [[nodiscard]] RecordKind kind() const noexcept { return record_.kind; }
    [[nodiscard]] bool is_refusal() const noexcept { return record_.kind == RecordKind::error; }
    // A refusal that also becomes a row of the event table.
    void note() noexcept { records::Error::note(record_); }
    // Views into this draft.
    [[nodiscard]] Record record() const noexcept {
        Record record = record_;
        if (has_text_) record.text = text_;
        if (has_target_) record.target = target_;
        if (!name_.empty()) record.name = name_;
        record.receivers = receivers_.span();
        return record;
    }

  private:
    Record record_;
    std::string text_;
    std::string target_;
    std::string name_;  // of the sender from then on
    bool has_text_ = false;
    bool has_target_ = false;
    Receivers receivers_;
};

}  // namespace chat
