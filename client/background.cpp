// Work in a thread of its own: see background.h.
#include "client/background.h"

#include <pthread.h>
#include <signal.h>

#include <thread>
#include <utility>

namespace chat {

namespace {

// A thread that is begun in this object's life gets no signals.
class SignalsKeptBack {
  public:
    SignalsKeptBack() {
        sigset_t all{};
        sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, &before_);
    }
    ~SignalsKeptBack() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsKeptBack(const SignalsKeptBack&) = delete;
    SignalsKeptBack& operator=(const SignalsKeptBack&) = delete;

  private:
    sigset_t before_{};
};

}  // namespace

void in_background(std::function<void()> work) {
    const SignalsKeptBack meanwhile;
    std::thread(std::move(work)).detach();
}

}  // namespace chat
