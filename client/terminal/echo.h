// Whether a terminal shows what is typed, where the kernel edits the lines.
#pragma once

namespace chat {

class Echo {
  public:
    // Turns it on or off, on standard input; on again as it was before.
    void turn(bool on) noexcept;

  private:
    bool is_off_ = false;
};

}  // namespace chat
