// Work that may take long and that nobody waits for at the end, in a thread of its own.
#pragma once

#include <functional>

namespace chat {

// Begins it. It may outlive whoever began it, up to the end of the process, so that it owns all that it works with; it
// throws nothing, and gets no signals: they are for the thread that waits for people. Throws std::system_error.
void in_background(std::function<void()> work);

}  // namespace chat
