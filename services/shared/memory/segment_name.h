// The name of an instance's segment. Usually it is /chat-INSTANCE. But anybody may create objects in /dev/shm: if that
// name is taken by another user, the segment gets a random suffix, which cannot be guessed, and a file in the state
// directory has its name, for the other daemon and for the next process.
#pragma once

#include <string>

namespace chat {

class SegmentName {
  public:
    // `directory`: the state directory.
    SegmentName(std::string instance, std::string directory);

    // The instance under whose name Segment::find() has to look: the given one, or with the suffix in the file, as long
    // as there is such an object. Throws std::system_error if the file exists but cannot be read.
    [[nodiscard]] std::string current() const;
    // Chooses a suffix and stores it. Returns the instance with it. Throws std::system_error.
    [[nodiscard]] std::string choose_another() const;
    // Forgets the suffix: before a segment is created without one, or after the one with it was removed. Throws
    // std::system_error.
    void reset() const;

  private:
    std::string instance_;
    std::string path_;
};

}  // namespace chat
