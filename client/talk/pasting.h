// A large paste: the person is asked once whether it is sent, as lines or as a file.
#pragma once

#include "client/talk/addressing.h"
#include "client/talk/companion.h"
#include "client/talk/talk_state.h"
#include "client/talk/target.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

struct Paste {
    std::vector<std::string> lines;
    Target target;  // who receives it, chosen when it was pasted

    // Groups, rooms and clients can receive a file.
    [[nodiscard]] bool can_be_file() const noexcept { return target.kind != Target::Kind::everyone; }
};

// The line above the question, and the question, which stands in place of a prompt. `receiver` is for sentences.
[[nodiscard]] std::string explanation(const Paste& paste, std::string_view receiver);
[[nodiscard]] std::string question_about(const Paste& paste);

enum class PasteAnswer : std::uint8_t { send, file, cancel, unclear };
[[nodiscard]] PasteAnswer answer_about(const Paste& paste, std::string_view typed);

class Pasting {
  public:
    // All of them outlive this.
    Pasting(TalkState& state, Addressing& addressing, Host& host)
        : state_(state), addressing_(addressing), host_(host) {}

    // Many lines at once, all of them text: asks what to do with them.
    void pasted(std::vector<std::string> lines);
    // The question, while it is open.
    [[nodiscard]] std::optional<std::string> question() const;
    // What was typed then.
    void typed(std::string_view line);
    // Ends the question, or what is left of a paste that is being sent. False: there is no paste.
    bool cancel();
    // The connection was lost, or is about to end: what is left is not sent.
    void drop_rest();
    void give_up();

  private:
    void send(Paste paste);
    void send_as_file(const Paste& paste);

    TalkState& state_;
    Addressing& addressing_;
    Host& host_;
    std::optional<Paste> paste_;  // that the person is asked about
};

}  // namespace chat
