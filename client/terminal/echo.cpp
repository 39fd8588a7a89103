// The kernel's echo: see echo.h.
#include "client/terminal/echo.h"

#include <termios.h>
#include <unistd.h>

namespace chat {

void Echo::turn(bool on) noexcept {
    if (on != is_off_) return;
    termios modes{};
    if (::tcgetattr(STDIN_FILENO, &modes) != 0) return;
    const auto echo = static_cast<tcflag_t>(ECHO);
    modes.c_lflag = on ? modes.c_lflag | echo : modes.c_lflag & ~echo;
    is_off_ = ::tcsetattr(STDIN_FILENO, TCSADRAIN, &modes) == 0 ? !on : is_off_;
}

}  // namespace chat
