// Keeps what is said in files, if the person wants that: one for each room, group and person, in a directory for each
// server. Nothing that a server sends decides where a file is, beyond its name.
#pragma once

#include "client/configuration.h"
#include "client/talk/directory.h"
#include "client/talk/own_message.h"
#include "client/talk/wording.h"
#include "client/terminal/terminal.h"
#include "shared/text/protocol.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace chat {

class LogFiles {
  public:
    // All of them outlive this.
    LogFiles(Terminal& terminal, const Configuration& configuration, const Viewer& viewer, const Directory& known);

    // A message or an announcement, as it comes.
    void received(const ServerLine& line);
    // A message of the past, said in the room or between the person and `name`. It is kept if it was said since the
    // last one that this file has from now: while the connection was away.
    void past(const ServerLine& line, std::string_view name, bool is_room);
    // A message of the person's own that the server has accepted with `answer`.
    void accepted(const OwnMessage& message, const ServerLine& answer);

  private:
    void keep(const std::string& file, const ServerLine& line, const std::string& words);
    // One line to the end of the file; a problem is shown, once until it has gone.
    void append(const std::string& file, const std::string& line);
    void failed(const std::string& path, int error);

    Terminal& terminal_;
    const Viewer& viewer_;
    const Directory& known_;
    std::string directory_;  // empty: nothing is kept
    std::uint64_t largest_;  // bytes of a file; 0: no bound
    bool is_failing_ = false;
    std::map<std::string, std::uint64_t> newest_;  // the id of the newest message, by the name of the file
};

// The name of a file for `name`, after `prefix`: in lower case, with %XX for what is neither a letter, a digit, `-`,
// `_` nor a `.` further on.
[[nodiscard]] std::string log_file_name(std::string_view prefix, std::string_view name);

}  // namespace chat
