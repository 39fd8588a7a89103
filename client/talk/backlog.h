// Everything about messages that came before, or come twice: what was missed, /history, and marks of what was read.
#pragma once

#include "client/talk/catch_up.h"
#include "client/talk/companion.h"
#include "client/talk/history_pages.h"
#include "client/talk/read_marks.h"
#include "client/talk/requests.h"
#include "client/talk/talk_state.h"
#include "shared/text/protocol.h"

#include <optional>
#include <string_view>
#include <vector>

namespace chat {

class Backlog {
  public:
    // Both outlive this.
    Backlog(TalkState& state, Host& host)
        : state_(state), marks_(state), catch_up_(state, marks_, host), pages_(state, marks_, host) {}

    void welcomed(const ServerLine& welcome) { catch_up_.welcomed(welcome); }
    // We have a connection and are logged in to an account, or logged in just now.
    void logged_in(bool returns, bool in_lobby) { catch_up_.begin(returns, in_lobby); }
    void joined(std::string_view room) { catch_up_.joined(room); }
    // The connection was lost: release() what waited.
    void disconnected();

    // What was typed after /history.
    [[nodiscard]] HistoryPages::Command command_for(std::string_view text) const { return pages_.command_for(text); }
    // The window is empty: /history begins at the newest messages again.
    void cleared() { marks_.forget_past(); }
    void mark_present() { marks_.mark_present(); }

    // A line of the server, before it is shown. True: it is dealt with, or waits.
    [[nodiscard]] bool takes(const ServerLine& line, const std::optional<Request>& answered);
    // What has waited and is to be shown now.
    [[nodiscard]] std::vector<ServerLine> take_held() { return catch_up_.take_held(); }

    [[nodiscard]] int poll_timeout() const;
    void work();
    // We are about to leave.
    void leaving() { marks_.work(true); }

  private:
    TalkState& state_;
    ReadMarks marks_;
    CatchUp catch_up_;
    HistoryPages pages_;
};

}  // namespace chat
