// A large paste: see pasting.h.
#include "client/talk/pasting.h"

#include "shared/system/unique_fd.h"
#include "shared/text/text_rules.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <system_error>
#include <utility>

namespace chat {

namespace {

// A word or its beginning.
bool means(std::string_view typed, std::string_view word) {
    return !typed.empty() && word.starts_with(typed);
}

void write_all(const UniqueFd& file, std::string_view text, const std::string& path) {
    while (!text.empty()) {
        const ssize_t count = ::write(file.get(), text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw std::system_error(errno, std::generic_category(), path);
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

// A file with the lines of a paste, which is removed with this object; who sends it has opened it by then.
class PasteFile {
  public:
    // Throws std::system_error.
    explicit PasteFile(const Paste& paste);
    ~PasteFile();
    PasteFile(const PasteFile&) = delete;
    PasteFile& operator=(const PasteFile&) = delete;
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    std::string directory_;
    std::string path_;
};

PasteFile::PasteFile(const Paste& paste) {
    std::string text;
    for (const std::string& line : paste.lines) text += line + '\n';
    directory_ = (std::filesystem::temp_directory_path() / "chat-paste-XXXXXX").string();
    if (::mkdtemp(directory_.data()) == nullptr) throw std::system_error(errno, std::generic_category(), directory_);
    path_ = directory_ + "/paste.txt";
    constexpr mode_t owner_only = 0600;
    const UniqueFd file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, owner_only));
    if (!file) throw std::system_error(errno, std::generic_category(), path_);
    write_all(file, text, path_);
}

PasteFile::~PasteFile() {
    (void)::unlink(path_.c_str());
    (void)::rmdir(directory_.c_str());
}

}  // namespace

std::string explanation(const Paste& paste, std::string_view receiver) {
    return "You pasted " + lines_in_words(paste.lines.size()) + ". Type send to send them to " + std::string(receiver) +
           (paste.can_be_file() ? ", file to send them as one file, or cancel." : ", or cancel.");
}

std::string question_about(const Paste& paste) {
    return lines_in_words(paste.lines.size()) + (paste.can_be_file() ? ": send, file or cancel?" : ": send or cancel?");
}

PasteAnswer answer_about(const Paste& paste, std::string_view typed) {
    const std::string answer = fold_case(trimmed(typed));
    if (means(answer, "send") || means(answer, "yes")) return PasteAnswer::send;
    if (paste.can_be_file() && means(answer, "file")) return PasteAnswer::file;
    if (means(answer, "cancel") || means(answer, "no")) return PasteAnswer::cancel;
    return PasteAnswer::unclear;
}

void Pasting::pasted(std::vector<std::string> lines) {
    Paste paste{std::move(lines), state_.addressee.target()};
    const std::string receiver = state_.addressee.in_words(state_.directory);
    if (!addressing_.takes_next_line()) {
        if (state_.addressee.is_gone())
            state_.terminal.show(receiver + " is gone: /to sets who receives what you paste.", {Style::trouble});
        return state_.problems.report_paste(paste.lines.size());
    }
    state_.terminal.show(explanation(paste, receiver), {Style::news});
    paste_ = std::move(paste);
}

std::optional<std::string> Pasting::question() const {
    return paste_ ? std::optional(question_about(*paste_)) : std::nullopt;
}

void Pasting::typed(std::string_view line) {
    const PasteAnswer answer = answer_about(*paste_, line);
    if (answer == PasteAnswer::unclear) return;  // the question stays
    state_.display.show_typed();
    Paste paste = *std::exchange(paste_, std::nullopt);
    if (answer == PasteAnswer::cancel) return state_.terminal.show("Nothing was sent.", {Style::news});
    // They may have left meanwhile.
    if (state_.addressee.is_gone() || !state_.outgoing.is_connected())
        return state_.problems.report_paste(paste.lines.size());
    if (answer == PasteAnswer::file) return send_as_file(paste);
    send(std::move(paste));
}

void Pasting::send(Paste paste) {
    state_.unread.forget(paste.target);
    std::size_t refused = 0;
    for (std::string& line : paste.lines) {
        if (line.empty()) continue;
        state_.display.show(OwnMessage{paste.target, line});
        Outgoing::Line pasted{std::move(line), paste.target};
        pasted.is_of_paste = true;
        if (!state_.outgoing.say_in_turn(std::move(pasted))) ++refused;
    }
    state_.problems.report_paste(refused);
}

void Pasting::send_as_file(const Paste& paste) {
    const Target& target = paste.target;
    const std::string receiver = target.kind == Target::Kind::client ? target.id : target.written();
    Companion* companion = state_.companions.owner_of("/sendfile");
    if (companion == nullptr) return state_.problems.report_paste(paste.lines.size());
    try {
        const PasteFile file(paste);
        companion->typed(host_, "/sendfile", receiver + " " + file.path());
    } catch (const std::system_error& error) {
        state_.problems.report(std::string("Not sent: ") + error.what());
    }
}

bool Pasting::cancel() {
    if (std::exchange(paste_, std::nullopt)) {
        state_.terminal.show("Nothing was sent.", {Style::news});
        return true;
    }
    const std::size_t cancelled = state_.outgoing.cancel_paste();
    state_.problems.report_paste(cancelled);
    return cancelled > 0;
}

void Pasting::drop_rest() {
    state_.problems.report_paste(state_.outgoing.cancel_paste());
}

void Pasting::give_up() {
    if (const auto paste = std::exchange(paste_, std::nullopt)) state_.problems.report_paste(paste->lines.size());
}

}  // namespace chat
