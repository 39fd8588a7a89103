// What the rooms of a conversation share: conversation.h has the rules for lines of the server, typing.h those for
// typed lines, pasting.h those for pastes.
#pragma once

#include "client/configuration.h"
#include "client/talk/addressee.h"
#include "client/talk/companion.h"
#include "client/talk/directory.h"
#include "client/talk/display.h"
#include "client/talk/log_files.h"
#include "client/talk/outgoing.h"
#include "client/talk/problems.h"
#include "client/talk/unread.h"
#include "client/talk/wording.h"
#include "client/terminal/terminal.h"

#include <optional>
#include <string>

namespace chat {

// A message of the person that the server has accepted.
struct AcceptedMessage {
    Target to;
    std::string id;
};

struct TalkState {
    // Both outlive this.
    TalkState(Terminal& its_terminal, const Configuration& its_configuration)
        : terminal(its_terminal),
          configuration(its_configuration),
          problems(its_terminal),
          display(its_terminal, its_configuration, viewer, directory),
          log_files(its_terminal, its_configuration, viewer, directory) {
        viewer.sees_times = display.shows_times();
    }
    TalkState(const TalkState&) = delete;
    TalkState& operator=(const TalkState&) = delete;

    Terminal& terminal;
    const Configuration& configuration;
    Problems problems;
    Outgoing outgoing;
    Addressee addressee;  // of plain lines
    std::optional<AcceptedMessage> last_message;
    Directory directory;
    Viewer viewer;
    Display display;
    LogFiles log_files;
    Unread unread;
    Companions companions;
};

}  // namespace chat
