// sd_journal_sendv if stderr is the journal, otherwise spdlog.
#include "shared/system/journal.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/stat.h>
#include <sys/uio.h>
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include <cstdlib>
#include <memory>
#include <vector>

namespace chat {
namespace {

bool in_journal = false;

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

void send_to_journal(Priority priority, Event event, std::string_view message,
                     std::initializer_list<JournalField> fields) {
    std::vector<std::string> lines;
    lines.push_back("MESSAGE=" + std::string(message));
    lines.push_back("PRIORITY=" + std::to_string(syslog_priority(priority)));
    lines.push_back("CHAT_EVENT=" + std::string(event->event));
    lines.push_back("MESSAGE_ID=" + std::string(event->message_id));
    for (const auto& field : fields) lines.push_back(std::string(field.name) + '=' + field.value);
    std::vector<iovec> pieces;
    pieces.reserve(lines.size());
    for (std::string& line : lines) pieces.push_back({line.data(), line.size()});
    (void)sd_journal_sendv(pieces.data(), static_cast<int>(pieces.size()));
}

std::shared_ptr<spdlog::logger> logger_of(const char* program) {
    auto logger = std::make_shared<spdlog::logger>(program, std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %n %l: %v");
    return logger;
}

std::shared_ptr<spdlog::logger>& logger() {
    static std::shared_ptr<spdlog::logger> ours = logger_of("chat");
    return ours;
}

}  // namespace

void start_journal(const char* program) {
    in_journal = stderr_is_the_journal();
    logger() = logger_of(program);
}

void journal(Priority priority, Event event, std::string_view message, std::initializer_list<JournalField> fields) {
    if (in_journal) {
        send_to_journal(priority, event, message, fields);
        return;
    }
    constexpr auto level = [](Priority p) {
        return p == Priority::error     ? spdlog::level::err
               : p == Priority::warning ? spdlog::level::warn
                                        : spdlog::level::info;
    };
    logger()->log(level(priority), spdlog::string_view_t(message.data(), message.size()));
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
