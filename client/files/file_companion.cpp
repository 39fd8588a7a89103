// Files in a chat: see file_companion.h.
#include "client/files/file_companion.h"

#include "client/files/download_directory.h"
#include "client/files/path_completion.h"
#include "client/net/deadline.h"
#include "client/talk/target.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace chat {

namespace {

using std::chrono::seconds;

constexpr std::array own_commands{
    OwnCommand{"/sendfile", "TARGET PATH", "sends a file"},
    OwnCommand{"/accept", "[FILE]", "accepts a file that is offered, by name or number"},
    OwnCommand{"/decline", "[FILE]", "declines a file that is offered, by name or number"},
};
constexpr std::uint64_t bytes_of_mb = 1'000'000;
constexpr seconds progress_interval{2};
constexpr seconds keep_alive_interval{30};  // a ticket is good for a minute
constexpr seconds decision_time{3600};
constexpr std::size_t max_incoming = 64;
constexpr std::size_t max_outgoing = 8;

// The server states its limits in MiB, and one unit is enough.
std::string without_second_unit(const FileStream& file) {
    return file.problem().find(" MiB") != std::string::npos ? file.name() : file.in_words();
}

}  // namespace

std::span<const OwnCommand> FileCompanion::commands() const noexcept {
    return own_commands;
}

void FileCompanion::typed(Host& host, std::string_view command, std::string_view text) {
    if (equal_ignoring_case(command, "/sendfile")) return send(host, text);
    decide(host, text, equal_ignoring_case(command, "/accept"));
}

std::vector<std::string> FileCompanion::completions(std::string_view kind, std::string_view begun) const {
    if (kind == "PATH") return paths_that_begin_with(begun);
    std::vector<std::string> found;
    for (const Incoming& incoming : incoming_) {
        if (incoming.file->is_accepted()) continue;
        for (const std::string& word : {incoming.file->name(), incoming.file->id()}) {
            const bool is_number = word == incoming.file->id();
            if (fold_case(word).starts_with(fold_case(begun)) && !(is_number && begun.empty())) found.push_back(word);
        }
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

void FileCompanion::send(Host& host, std::string_view text) {
    const auto [word, rest] = split_first_word(text);
    const auto target = parse_target(word);
    if (!target || target->kind == Target::Kind::everyone || rest.empty())
        return host.show("Usage: /sendfile TARGET PATH");
    if (outgoing_.size() >= max_outgoing) return host.show("Not sent: too many files at once.");
    std::string path = with_home(rest);
    if (::access(path.c_str(), F_OK) != 0) path = with_home(rest.substr(0, rest.find_last_not_of(' ') + 1));
    try {
        outgoing_.push_back({open_to_send(path, target->written()), {}});
    } catch (const CannotSend& problem) {
        host.show(problem.what());
    }
}

// By number, by name, or the only one.
void FileCompanion::decide(Host& host, std::string_view file, bool take) {
    file = file.substr(0, file.find_last_not_of(' ') + 1);
    std::vector<Incoming*> meant;
    for (Incoming& incoming : incoming_) {
        if (incoming.file->is_accepted()) continue;
        if (incoming.file->id() == file) {
            meant.assign(1, &incoming);
            break;
        }
        if (file.empty() || incoming.file->name() == file) meant.push_back(&incoming);
    }
    if (meant.empty() && file.empty()) return host.show("There is no file to accept or decline.");
    if (meant.empty()) return host.show("There is no file " + std::string(file) + " to accept or decline.");
    if (meant.size() > 1) {
        std::string words;
        for (const Incoming* incoming : meant)
            words += (words.empty() ? "" : ", ") + incoming->file->id() + " " + incoming->file->in_words() + " from " +
                     incoming->file->sender();
        return host.show("Several files are offered; say which by its number: " + words);
    }
    if (take) return accept(host, *meant.front());
    meant.front()->file->decline(host.server());
    host.show("Left: " + meant.front()->file->in_words());
    std::erase_if(incoming_, [&meant](const Incoming& incoming) { return &incoming == meant.front(); });
}

bool FileCompanion::received(Host& host, const ServerLine& line) {
    if (line.kind == "file") {
        offered(host, line);
        return true;
    }
    if (line.kind == "receipt") {
        receipt(host, line);
        return true;
    }
    if (line.kind != "upload" && line.kind != "error") return false;
    const auto found = std::find_if(outgoing_.begin(), outgoing_.end(), [&line](const Outgoing& outgoing) {
        return !outgoing.tag.empty() && !outgoing.uploading && outgoing.tag == line.value("tag");
    });
    if (found == outgoing_.end()) return false;
    if (line.kind == "upload") {
        found->file->want_receipts();
        found->file->upload(host.server(), line);
        found->uploading = true;
        found->id = line.value("file");
        found->shown_at = Clock::now();
    } else {
        found->file->give_up(line.text.value_or("the server refused it"));
    }
    return true;
}

void FileCompanion::receipt(Host& host, const ServerLine& line) {
    const auto found = std::find_if(outgoing_.begin(), outgoing_.end(),
                                    [&line](const Outgoing& outgoing) { return outgoing.id == line.value("id"); });
    if (found != outgoing_.end()) {
        found->receipts.push_back(line);
    } else if (const auto words = receipts_.received(line)) {
        host.show(*words);
    }
}

void FileCompanion::sent(Host& host, const Outgoing& outgoing) {
    const OutgoingFile& file = *outgoing.file;
    const std::string rate = file.progress().average();
    host.show((file.has_receipts() ? "Offered to " : "Sent to ") + file.target() + ": " + file.in_words() +
              (rate.empty() ? "" : ", " + rate));
    if (!file.has_receipts()) return;
    receipts_.offered(outgoing.id, file.target(), file.in_words());
    for (const ServerLine& line : outgoing.receipts)
        if (const auto words = receipts_.received(line)) host.show(*words);
}

void FileCompanion::offered(Host& host, const ServerLine& line) {
    Incoming incoming{std::make_unique<IncomingFile>(line)};
    if (incoming_.size() >= max_incoming) {
        incoming.file->decline(host.server());
        return host.show("Left: " + incoming.file->in_words() + " from " + incoming.file->sender() +
                         ", since too many files wait");
    }
    incoming.shown_at = Clock::now();
    const std::string what = incoming.file->sender() + " sends you " + incoming.file->in_words();
    const std::uint64_t size = incoming.file->size();
    const bool is_small = options_.auto_accept_mb > 0 && size <= options_.auto_accept_mb * bytes_of_mb;
    if (is_small &&
        unasked_.take(line.value("from"), line.value("name"), size,
                      std::max(options_.auto_accept_hourly_mb, options_.auto_accept_mb) * bytes_of_mb, Clock::now())) {
        accept(host, incoming);
    } else {
        host.show(what + ". Type /accept " + incoming.file->id() + " or /decline " + incoming.file->id() + ".");
        incoming.keep_alive_at = Clock::now() + keep_alive_interval;
        incoming.forget_at = Clock::now() + decision_time;
    }
    incoming_.push_back(std::move(incoming));
}

void FileCompanion::accept(Host& host, Incoming& incoming) {
    try {
        incoming.file->accept(host.server(), options_.directory);
    } catch (const std::exception& error) {
        host.show(incoming.file->in_words() + " cannot be received: " + error.what());
    }
}

void FileCompanion::connection_lost(Host& host) {
    receipts_.clear();
    // A transfer with a ticket continues; a pending question will not be answered.
    std::erase_if(outgoing_, [&host](const Outgoing& outgoing) {
        if (outgoing.uploading || outgoing.tag.empty()) return false;
        host.show("Not sent: " + outgoing.file->in_words());
        return true;
    });
}

void FileCompanion::wait_for(std::vector<pollfd>& waiting) {
    for (const Outgoing& outgoing : outgoing_) outgoing.file->wait_for(waiting);
    for (const Incoming& incoming : incoming_) incoming.file->wait_for(waiting);
}

int FileCompanion::poll_timeout() const {
    int timeout = -1;
    for (const Outgoing& outgoing : outgoing_)
        timeout = earlier_timeout(timeout, outgoing.tag.empty() ? 0 : outgoing.file->poll_timeout());
    for (const Incoming& incoming : incoming_) timeout = earlier_timeout(timeout, incoming.file->poll_timeout());
    const bool undecided =
        std::any_of(incoming_.begin(), incoming_.end(), [](const Incoming& i) { return !i.file->is_accepted(); });
    constexpr int second = 1000;
    return undecided ? earlier_timeout(timeout, second) : timeout;
}

std::vector<std::string> FileCompanion::in_progress() const {
    std::vector<std::string> words;
    const auto add = [&words](const std::string& what, const FileStream& file) {
        words.push_back(what + (file.is_streaming() ? ' ' + file.progress().bar() : ""));
    };
    for (const Outgoing& outgoing : outgoing_)
        add(outgoing.file->in_words() + " to " + outgoing.file->target(), *outgoing.file);
    for (const Incoming& incoming : incoming_)
        if (incoming.file->is_accepted())
            add(incoming.file->in_words() + " from " + incoming.file->sender(), *incoming.file);
    return words;
}

void FileCompanion::work(Host& host) {
    std::erase_if(outgoing_, [&](Outgoing& outgoing) { return !advance(host, outgoing); });
    std::erase_if(incoming_, [&](Incoming& incoming) { return !advance(host, incoming); });
}

bool FileCompanion::advance(Host& host, Outgoing& outgoing) {
    OutgoingFile& file = *outgoing.file;
    if (outgoing.tag.empty() && file.outcome() == FileStream::Outcome::none && file.hash_some() &&
        file.outcome() == FileStream::Outcome::none) {
        outgoing.tag = host.ask(file.command());
        if (outgoing.tag.empty()) file.give_up("there is no connection to the server");
    }
    file.work();
    if (file.outcome() == FileStream::Outcome::none) {
        show_progress(host, file, outgoing.shown_at, "Sending ");
        return true;
    }
    if (file.outcome() == FileStream::Outcome::done)
        sent(host, outgoing);
    else
        host.show("Not sent: " + without_second_unit(file) + ": " + file.problem());
    return false;
}

bool FileCompanion::advance(Host& host, Incoming& incoming) {
    IncomingFile& file = *incoming.file;
    if (!file.is_accepted()) {
        const auto now = Clock::now();
        if (incoming.keep_alive_at == Clock::time_point{}) return false;
        if (now >= incoming.forget_at) {
            host.show("The offer has expired: " + file.in_words() + " from " + file.sender());
            return false;
        }
        if (now >= incoming.keep_alive_at) {
            file.keep_ticket_alive(host.server());
            incoming.keep_alive_at = now + keep_alive_interval;
        }
        return true;
    }
    file.work();
    if (file.outcome() == FileStream::Outcome::none) {
        show_progress(host, file, incoming.shown_at, "Receiving ");
        return true;
    }
    const std::string rate = file.progress().average();
    if (file.outcome() == FileStream::Outcome::done)
        host.show("Received from " + file.sender() + ": " + file.in_words() + (rate.empty() ? "" : ", " + rate) +
                  "; saved as " + file.path());
    else
        host.show("Not received: " + file.in_words() + " from " + file.sender() + ": " + file.problem());
    return false;
}

void FileCompanion::show_progress(Host& host, const FileStream& file, Clock::time_point& shown_at, const char* words) {
    const auto now = Clock::now();
    if (!file.is_streaming() || now - shown_at < progress_interval) return;
    shown_at = now;
    host.show(words + file.name() + ' ' + file.progress().bar());
}

}  // namespace chat
