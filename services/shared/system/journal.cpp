// sd_journal_sendv if stderr is the journal, otherwise lines on stderr.
#include "shared/system/journal.h"

#include "shared/system/journal_queue.h"

#include <spdlog/pattern_formatter.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

namespace chat {
namespace {

constexpr std::chrono::milliseconds timeout_at_end{900};

bool in_journal = false;
const char* program_name = "chat";

// systemd.exec(5), JOURNAL_STREAM: device and inode of the stream that stderr was connected to.
bool stderr_is_the_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    if (stream == nullptr || ::fstat(2, &status) != 0) return false;
    return std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino) == stream;
}

int syslog_priority(Priority priority) {
    switch (priority) {
        case Priority::error:
            return 3;
        case Priority::warning:
            return 4;
        case Priority::notice:
            return 5;
        case Priority::info:
            break;
    }
    return 6;
}

void send_to_journal(const JournalEntry& entry) {
    std::vector<std::string> lines;
    lines.push_back("MESSAGE=" + entry.message);
    lines.push_back("PRIORITY=" + std::to_string(syslog_priority(entry.priority)));
    lines.push_back("CHAT_EVENT=" + std::string(entry.event->event));
    lines.push_back("MESSAGE_ID=" + std::string(entry.event->message_id));
    for (const auto& field : entry.fields) lines.push_back(std::string(field.name) + '=' + field.value);
    std::vector<iovec> pieces;
    pieces.reserve(lines.size());
    for (std::string& line : lines) pieces.push_back({line.data(), line.size()});
    (void)sd_journal_sendv(pieces.data(), static_cast<int>(pieces.size()));
}

spdlog::level::level_enum level_of(Priority priority) {
    switch (priority) {
        case Priority::error:
            return spdlog::level::err;
        case Priority::warning:
            return spdlog::level::warn;
        case Priority::notice:
        case Priority::info:
            break;
    }
    return spdlog::level::info;
}

// Not through stdio: exit() would wait for its lock.
void print(const JournalEntry& entry) {
    spdlog::pattern_formatter formatter("%Y-%m-%d %H:%M:%S.%e %n %l: %v");
    spdlog::memory_buf_t line;
    formatter.format(spdlog::details::log_msg(entry.at, {}, program_name, level_of(entry.priority), entry.message),
                     line);
    std::string_view rest(line.data(), line.size());
    while (!rest.empty()) {
        const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
}

void write_now(const JournalEntry& entry) {
    if (in_journal)
        send_to_journal(entry);
    else
        print(entry);
}

std::unique_ptr<JournalQueue>& queue() {
    static std::unique_ptr<JournalQueue> ours;
    return ours;
}

}  // namespace

JournalSession::JournalSession(const char* program, Writer writer) {
    program_name = program;
    in_journal = stderr_is_the_journal();
    if (writer == Writer::caller) return;
    try {
        queue() = std::make_unique<JournalQueue>(write_now);
    } catch (const std::system_error&) {
        // Without a thread the caller writes.
    }
}

JournalSession::~JournalSession() {
    if (queue()) (void)queue()->finish(timeout_at_end);
    queue().reset();
}

void journal(Priority priority, Event event, std::string_view message, std::initializer_list<JournalField> fields) {
    JournalEntry entry{priority, event, std::string(message), fields};
    if (queue())
        queue()->add(std::move(entry));
    else
        write_now(entry);
}

void DatabaseTrouble::report(const std::string& trouble) {
    if (trouble == known_) return;
    known_ = trouble;
    if (trouble.empty())
        journal(Priority::notice, "database-recovered", "The log is being written again");
    else
        journal(Priority::error, "database-trouble", "The log cannot be written; retrying: " + trouble);
}

}  // namespace chat
