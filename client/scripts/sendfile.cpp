// Files from a script: see sendfile.h.
#include "client/scripts/sendfile.h"

#include "client/files/outgoing_file.h"
#include "client/process.h"
#include "client/scripts/file_report.h"
#include "client/scripts/send.h"
#include "client/scripts/session.h"
#include "shared/text/printable.h"

#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <utility>

namespace chat {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds pause_before_asking_again{200};
constexpr std::chrono::seconds busy_server_timeout{30};

std::string_view word_of(int status) {
    if (status == exit_status::done) return "delivered";
    if (status == exit_status::undelivered) return "undelivered";
    return status == exit_status::refused ? "refused" : "failed";
}

// One session in which files are sent, one after another. The outcome of a file is final only with the answer to the
// next command: by then the server has looked for its receivers.
class Sending {
  public:
    Sending(const ServerAddress& server, const SessionLogin& login, const SendfileOptions& options)
        : options_(options), report_(options.json, !options.plain), session_(server, login) {}

    int run() {
        try {
            const bool nobody = options_.target.kind == Target::Kind::room && !join(session_, options_.target);
            for (const std::string& path : options_.paths) send(path, nobody);
            for (const ServerLine& line : session_.leave()) note(line);
            settle();
        } catch (const std::exception& error) {
            if (current_.file) finish(current_, exit_status::trouble, error.what(), false);
            if (last_.file) finish(last_, exit_status::trouble, error.what(), false);
            throw;
        }
        return report_.output_lost() ? std::max(status_, exit_status::trouble) : status_;
    }

  private:
    struct Sent {
        std::string path;
        std::unique_ptr<OutgoingFile> file;
        std::string id;       // the server's
        std::string trouble;  // why nobody receives it
        FileStream::Clock::time_point began = FileStream::Clock::now();
    };

    void send(const std::string& path, bool nobody) {
        try {
            current_ = {path, open_to_send(path, options_.target.written()), {}, {}};
        } catch (const CannotSend& problem) {  // it was readable before
            std::fprintf(stderr, "chat-client: %s\n", printable(problem.what()).c_str());
            status_ = std::max(status_, exit_status::trouble);
            return;
        }
        OutgoingFile& file = *current_.file;
        if (nobody) {
            finish(current_, exit_status::undelivered, "nobody is in " + options_.target.in_words());
            return;
        }
        while (!file.hash_some()) turn(milliseconds(0));
        if (file.outcome() == FileStream::Outcome::none && !offer()) return;
        while (file.outcome() == FileStream::Outcome::none) {
            turn(milliseconds(file.poll_timeout()));
            file.work();
            report_.progress(file, current_.id);
        }
        if (file.outcome() == FileStream::Outcome::done) {
            last_ = std::exchange(current_, {});
        } else {
            const bool refused = file.outcome() == FileStream::Outcome::refused;
            finish(current_, refused ? exit_status::refused : exit_status::trouble, file.problem());
        }
    }

    // Asks the server for a ticket; false: it refuses the file.
    bool offer() {
        const auto deadline = FileStream::Clock::now() + busy_server_timeout;
        for (;;) {
            try {
                const ServerLine answer = session_.ask(current_.file->command()).back();
                settle();
                current_.id = answer.value("file");
                report_.event("offered", current_.id, current_.file->name(),
                              {{"path", current_.path},
                               {"size", std::to_string(current_.file->size())},
                               {"sha256", current_.file->sum()},
                               {"to", current_.file->target()}});
                current_.file->upload(session_.server(), answer);
                return true;
            } catch (const Refused& refused) {
                const bool passes = refused.code == "busy" || refused.code == "too-fast";
                if (!passes || FileStream::Clock::now() >= deadline) {
                    settle();
                    finish(current_, exit_status::refused, refused.what());
                    return false;
                }
            }
            const auto again = FileStream::Clock::now() + pause_before_asking_again;
            while (FileStream::Clock::now() < again) turn(pause_before_asking_again);
        }
    }

    // Waits for the transfer and for lines from the server.
    void turn(milliseconds longest) {
        std::vector<pollfd> waiting;
        current_.file->wait_for(waiting);
        if (const auto line = session_.next(longest, waiting)) note(*line);
    }

    void note(const ServerLine& line) {
        if (line.kind != "undelivered") return;
        for (Sent* sent : {&current_, &last_})
            if (sent->file && sent->id == line.value("id")) sent->trouble = line.text.value_or("nobody was there");
    }

    // Every line about the last file has been read.
    void settle() {
        while (const auto line = session_.next_kept()) note(*line);
        if (!last_.file) return;
        finish(last_, last_.trouble.empty() ? exit_status::done : exit_status::undelivered, last_.trouble);
    }

    void finish(Sent& sent, int status, const std::string& problem, bool complains = true) {
        const auto took = std::chrono::duration_cast<milliseconds>(FileStream::Clock::now() - sent.began);
        report_.clear();
        if (status != exit_status::done && complains)
            std::fprintf(stderr, "chat-client: %s\n", printable(sent.path + ": " + problem).c_str());
        report_.event("finished", sent.id, sent.file->name(),
                      {{"path", sent.path},
                       {"outcome", std::string(word_of(status))},
                       {"size", std::to_string(sent.file->size())},
                       {"milliseconds", std::to_string(took.count())}},
                      problem);
        status_ = std::max(status_, status);
        sent = {};
    }

    const SendfileOptions& options_;
    FileReport report_;
    Session session_;
    Sent current_;
    Sent last_;  // stored; perhaps without a receiver
    int status_ = exit_status::done;
};

}  // namespace

int run_sendfile(const ServerAddress& server, const SessionLogin& login, const SendfileOptions& options) {
    try {
        for (const std::string& path : options.paths) (void)open_to_send(path, {});
    } catch (const CannotSend& problem) {
        std::fprintf(stderr, "chat-client: %s\n", printable(problem.what()).c_str());
        return exit_status::usage;
    }
    return Sending(server, login, options).run();
}

}  // namespace chat
