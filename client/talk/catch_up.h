// What was missed: after a login, after a lost connection and in a room that was joined, the messages from before are
// fetched and shown in order, before those that have come meanwhile. Only accounts have a history from before they
// came.
#pragma once

#include "client/net/deadline.h"
#include "client/talk/companion.h"
#include "client/talk/past.h"
#include "client/talk/read_marks.h"
#include "client/talk/talk_state.h"
#include "shared/text/protocol.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

class CatchUp {
  public:
    // All of them outlive this.
    CatchUp(TalkState& state, ReadMarks& marks, Host& host) : state_(state), marks_(marks), host_(host) {}

    // The server's welcome.
    void welcomed(const ServerLine& welcome);
    // We are logged in to an account. `returns`: after a lost connection. `in_lobby`: we have not left the lobby.
    void begin(bool returns, bool in_lobby);
    // We joined a room, and are logged in.
    void joined(std::string_view room);

    // A line of the server, before it is shown. True: it is part of an answer, or waits for one; see take_held().
    [[nodiscard]] bool takes(const ServerLine& line);
    // Lines that waited, in their order, once all that came before them has been shown.
    [[nodiscard]] std::vector<ServerLine> take_held();
    // Milliseconds until work() has something to do; -1: nothing.
    [[nodiscard]] int poll_timeout() const;
    void work();
    void disconnected();

  private:
    // A question whose answer has messages of one place.
    struct Page {
        Place place;
        std::string tag = {};
        std::string selector = {};  // after the limit, with a space before it
        std::size_t limit = 0;
        std::uint64_t from = 0;    // older messages are not news
        std::uint64_t of_all = 0;  // so many are unread
        bool pages_on = false;     // as long as there are more
        int left = 0;              // pages that may follow
        int attempts = 0;
    };
    enum class Phase { idle, asking_unread, asking_rooms, fetching };

    [[nodiscard]] bool takes_overview(const ServerLine& line);
    [[nodiscard]] bool takes_page(Page& page, const ServerLine& line);
    [[nodiscard]] bool is_pending(const ServerLine& message) const;
    void plan();
    void fetch_what_was_missed(const std::vector<Place>& rooms);
    void fetch_newest(const std::vector<Place>& rooms);
    void fetch(Page page);
    void ask(Page& page);
    void finish(Page& page);
    void finish_if_complete();
    void show_found();
    void give_up();

    TalkState& state_;
    ReadMarks& marks_;
    Host& host_;
    Phase phase_ = Phase::idle;
    bool returns_ = false;
    bool in_lobby_ = true;
    std::string overview_tag_;        // of /unread or /rooms
    std::vector<ServerLine> unread_;  // the rows of /unread
    bool knows_unread_ = false;
    bool was_complete_once_ = false;
    std::optional<std::uint64_t> incomplete_from_;  // the newest message before what is missed, until that is complete
    std::string welcomed_at_;                       // as the server writes it
    std::string began_at_;                          // the same of the connection that we were logged in on
    std::optional<std::string> incomplete_since_;   // the same of the one before what is missed
    std::vector<Page> pages_;
    std::vector<PastMessage> found_;
    std::uint64_t of_all_ = 0;
    std::vector<ServerLine> held_;
    std::optional<Deadline::Clock::time_point> again_at_;  // a page is asked for again
    Deadline::Clock::time_point until_{};                  // lines do not wait longer
};

}  // namespace chat
