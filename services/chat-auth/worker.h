// The thread that performs calls, one after another: hashing and the disk never delay the socket. Calls without a hash
// come first, so that a flood of wrong passwords delays only those who log in. Other threads wait for a program that
// checks passwords, where there is one.
#pragma once

#include "chat-auth/accounts.h"
#include "chat-auth/request.h"
#include "shared/system/unique_fd.h"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace chat {

class AuthWorker {
  public:
    static constexpr std::size_t most_waiting = 64;  // of each of the two sorts
    static constexpr std::size_t most_askers = 3;    // chat-acceptor sends no more slow calls at the same time

    AuthWorker(std::string directory, unsigned long cost);
    // Finishes the call in progress; those that wait are dropped.
    ~AuthWorker();
    AuthWorker(const AuthWorker&) = delete;
    AuthWorker& operator=(const AuthWorker&) = delete;

    // False: too many are waiting.
    [[nodiscard]] bool submit(std::uint64_t number, AuthRequest request);

    struct Done {
        std::uint64_t number;
        AuthRequest request;
        std::optional<AuthAnswer> answer;  // empty: the database has failed
        std::string trouble;               // with the database
    };
    [[nodiscard]] std::vector<Done> take_done();
    // Readable when a call is done.
    [[nodiscard]] int fd() const noexcept { return ready_.get(); }

  private:
    struct Waiting {
        std::uint64_t number;
        AuthRequest request;
    };
    void run();
    void ask_scripts();
    void need_verdict(Waiting waiting);
    [[nodiscard]] std::optional<AuthAnswer> perform(const AuthRequest& request, std::string& trouble);

    std::string directory_;
    unsigned long cost_;
    std::optional<Accounts> accounts_;  // the thread's
    UniqueFd ready_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::condition_variable has_questions_;
    std::deque<Waiting> quick_;
    std::deque<Waiting> slow_;
    std::deque<Waiting> questions_;  // for a program that checks passwords
    std::vector<Done> done_;
    bool stopping_ = false;
    std::vector<std::thread> askers_;  // started when they are first needed
    std::thread thread_;
};

}  // namespace chat
