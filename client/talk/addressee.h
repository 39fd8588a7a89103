// Who receives plain lines: chosen once, and never replaced by somebody else of the same name, or by more people.
#pragma once

#include "client/talk/directory.h"
#include "client/talk/target.h"
#include "client/talk/wording.h"
#include "shared/text/protocol.h"

#include <cstddef>
#include <optional>
#include <set>
#include <string>

namespace chat {

class Addressee {
  public:
    [[nodiscard]] const Target& target() const noexcept { return target_; }
    // They left, or we left them: lines are refused until the next choice.
    [[nodiscard]] bool is_gone() const noexcept { return gone_; }
    // For sentences: Robin, the room ops, group 1234 with Alfred.
    [[nodiscard]] std::string in_words(const Directory& known) const;
    // As the prompt shows it: nothing for the lobby, Robin, #ops, Alfred+Joker. A group in at most that many columns.
    [[nodiscard]] std::string in_prompt(const Directory& known, std::size_t columns) const;

    // A person has an id.
    void choose(Target target);
    // Nobody receives lines until the next choice, because `wanted` is not there.
    void lose(Target wanted);
    // Learns from a line of the server. Returns what the person must know, if anything.
    [[nodiscard]] std::optional<std::string> learn(const ServerLine& line, const Viewer& viewer);
    // A message to a client was refused because there is no such client.
    void not_found(const Target& receiver);
    // The connection was lost: groups end with it.
    void disconnected();
    // After a reconnection `known` has all clients again: is the person still the same?
    [[nodiscard]] std::optional<std::string> check(const Directory& known);

  private:
    [[nodiscard]] std::optional<std::string> learn_of_person(const ServerLine& line);
    [[nodiscard]] std::optional<std::string> lost();

    Target target_;
    bool gone_ = false;
    std::string chosen_name_;          // a person's, when they were chosen
    std::set<std::string> same_name_;  // ids of others who have had that name since
};

}  // namespace chat
