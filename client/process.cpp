// The process as a whole: see process.h.
#include "client/process.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <thread>
#include <utility>

namespace chat {

namespace {

constexpr std::array ending = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
constexpr std::array noted = {SIGTSTP, SIGCONT, SIGWINCH};
constexpr std::size_t signal_count = ending.size() + noted.size() + 2;

// What the handlers may access.
volatile sig_atomic_t write_end = -1;
volatile sig_atomic_t at_once = 0;
volatile sig_atomic_t seconds_left = 0;
volatile sig_atomic_t modes_known = 0;
termios modes_at_start{};

std::array<struct sigaction, signal_count> actions_before{};
std::array<int, signal_count> numbers{};
std::size_t changed = 0;

// Added to a signal's number in the pipe if a key caused it.
constexpr int typed = 128;

void note_number(int number_in_pipe) {
    const int saved = errno;
    const auto number = static_cast<unsigned char>(number_in_pipe);
    // If the pipe is full, there are enough signals in it.
    if (::write(write_end, &number, 1) < 0) errno = 0;
    errno = saved;
}

void note(int signal) {
    note_number(signal);
}

// The kernel sends what a key of the terminal means; kill(2) has another code.
void note_ending(int signal, siginfo_t* information, void* /*context*/) {
    if (at_once != 0) ::_exit(exit_status::signalled + signal);
    if (seconds_left == 0) {
        seconds_left = Signals::last_seconds;
        ::alarm(1);
    }
    note_number(information->si_code == SI_KERNEL ? signal + typed : signal);
}

// Every second, so that a write that began just after the signal, to a terminal that accepts nothing, returns too.
void count_down(int) {
    seconds_left = seconds_left - 1;
    if (seconds_left <= 0) {
        if (modes_known != 0) ::tcsetattr(STDIN_FILENO, TCSANOW, &modes_at_start);
        ::_exit(1);
    }
    ::alarm(1);
}

void change(int signal, struct sigaction action) {
    sigemptyset(&action.sa_mask);
    if (::sigaction(signal, &action, &actions_before[changed]) != 0)
        throw std::system_error(errno, std::generic_category(), "sigaction");
    numbers[changed++] = signal;
}

void change(int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    // A write to a terminal that accepts nothing must return when the process is to end, and only then.
    action.sa_flags = handler == note ? SA_RESTART : 0;
    change(signal, action);
}

void change(int signal, void (*handler)(int, siginfo_t*, void*)) {
    struct sigaction action {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    change(signal, action);
}

// Threads started while this object exists receive no signals.
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

Signals::Signals() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        throw std::system_error(errno, std::generic_category(), "pipe");
    reader_.reset(ends[0]);
    writer_.reset(ends[1]);
    write_end = ends[1];
    modes_known = ::tcgetattr(STDIN_FILENO, &modes_at_start) == 0 ? 1 : 0;
    at_once = 0;
    seconds_left = 0;
    changed = 0;
    change(SIGPIPE, SIG_IGN);
    change(SIGALRM, count_down);
    for (const int signal : ending) change(signal, note_ending);
    for (const int signal : noted) change(signal, note);
}

Signals::~Signals() {
    while (changed > 0) {
        --changed;
        ::sigaction(numbers[changed], &actions_before[changed], nullptr);
    }
    ::alarm(0);
    write_end = -1;
}

std::optional<int> Signals::next() noexcept {
    unsigned char number = 0;
    if (::read(reader_.get(), &number, 1) != 1) return std::nullopt;
    was_typed_ = number > typed;
    return was_typed_ ? number - typed : number;
}

void Signals::stay() noexcept {
    ::alarm(0);
    seconds_left = 0;
}

void Signals::exit_immediately(bool on) noexcept {
    at_once = on ? 1 : 0;
}

void stop_process(int signal) noexcept {
    struct sigaction uncaught {};
    struct sigaction caught {};
    uncaught.sa_handler = SIG_DFL;
    ::sigaction(signal, &uncaught, &caught);
    ::raise(signal);
    ::sigaction(signal, &caught, nullptr);
}

void in_background(std::function<void()> work) {
    const SignalsKeptBack meanwhile;
    std::thread(std::move(work)).detach();
}

}  // namespace chat
