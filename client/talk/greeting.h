// What a newcomer reads: which server this is, who else is here, and where to look further.
#pragma once

#include "client/talk/talk_state.h"

namespace chat {

// Where lines have times; otherwise the window reads as in the transcript.
class Greeting {
  public:
    // It outlives this.
    explicit Greeting(const TalkState& state) : state_(state) {}

    // The server has welcomed us; for somebody who is asked for a name then.
    void show_server();
    // Everybody who is connected is known. Once.
    void show_people();

  private:
    const TalkState& state_;
    bool knows_server_ = false;
    bool is_over_ = false;
};

}  // namespace chat
