// How an act names a client, a group, or the receiver of a file: by number or name, together with the word that the
// client used, which errors repeat.
#pragma once

#include <cstdint>
#include <string_view>

namespace chat {

struct ClientReference {
    std::string_view word;  // as the client wrote it
    std::uint32_t id = 0;   // 0: the word is a name
    friend bool operator==(const ClientReference&, const ClientReference&) = default;
};

struct GroupReference {
    std::string_view word;
    std::uint32_t id = 0;  // 0: the word is not a group's number
    friend bool operator==(const GroupReference&, const GroupReference&) = default;
};

// One change of a mode of a room, or of the standing of a member. The letters are those of IRC.
struct ModeRequest {
    char letter = 0;
    bool adds = false;
    ClientReference client = {};  // for o and v
    std::string_view param = {};  // for others; usually empty
    friend bool operator==(const ModeRequest&, const ModeRequest&) = default;
};

// The receiver of a file: a client, a room or a group.
struct FileTarget {
    enum class Kind : std::uint8_t { client, room, group };
    Kind kind = Kind::client;
    std::string_view word;  // of a room: its name
    std::uint32_t id = 0;   // as in the references
    friend bool operator==(const FileTarget&, const FileTarget&) = default;
};

}  // namespace chat
