// What a newcomer reads: which server this is, who else is here, and where to look further.
#pragma once

#include "client/talk/talk_state.h"

namespace chat {

// Only with timestamps; without them the window reads as in the transcript.
class Greeting {
  public:
    // It outlives this.
    explicit Greeting(const TalkState& state) : state_(state) {}

    // Names the server, before the question for a name.
    void show_server();
    // Names the others, once everybody is known. Only the first call shows anything.
    void show_people();

  private:
    const TalkState& state_;
    bool knows_server_ = false;
    bool is_over_ = false;
};

}  // namespace chat
