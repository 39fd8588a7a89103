// /ignore: what some people say is not shown.
#pragma once

#include "client/talk/companion.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace chat {

// Somebody is ignored by name; whoever has had that name stays ignored under another one.
class Ignoring final : public Companion {
  public:
    explicit Ignoring(const std::vector<std::string>& names);

    [[nodiscard]] std::span<const OwnCommand> commands() const noexcept override;
    void typed(Host& host, std::string_view command, std::string_view text) override;
    [[nodiscard]] bool received(Host& host, const ServerLine& line) override;

  private:
    void start(Host& host, const std::string& name);
    void stop(Host& host, const std::string& name);

    std::set<std::string> names_;             // folded; also ids, as they were typed
    std::map<std::string, std::string> ids_;  // of those who have had such a name → the one of names_ that it was
};

}  // namespace chat
