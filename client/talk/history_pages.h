// /history as a person types it: each time further back, and the page is shown as a whole.
#pragma once

#include "client/talk/companion.h"
#include "client/talk/past.h"
#include "client/talk/read_marks.h"
#include "client/talk/requests.h"
#include "client/talk/talk_state.h"
#include "shared/text/protocol.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

class HistoryPages {
  public:
    // All of them outlive this.
    HistoryPages(TalkState& state, ReadMarks& marks, Host& host) : state_(state), marks_(marks), host_(host) {}

    // The command for the server, from what was typed after /history: without a place it is the one that plain lines go
    // to, and without a selector it continues before what was shown of that place. Or the problem.
    struct Command {
        std::string line;
        std::string problem;
    };
    [[nodiscard]] Command command_for(std::string_view text) const;

    // A line of an answer. True: it is shown here.
    [[nodiscard]] bool takes(const ServerLine& line, const Request& request);
    void disconnected() { rows_.clear(); }

  private:
    void show(std::string_view tag, const ServerLine& end);

    TalkState& state_;
    ReadMarks& marks_;
    Host& host_;
    std::map<std::string, std::vector<PastMessage>, std::less<>> rows_;  // by tag
};

}  // namespace chat
