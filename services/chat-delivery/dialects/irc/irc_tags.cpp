// Tags, labels and batches.
#include "chat-delivery/dialects/irc/irc_tags.h"

#include "chat-delivery/dialects/irc/irc_spelling.h"
#include "shared/memory/irc_table.h"
#include "shared/records/command_tag.h"
#include "shared/records/message.h"
#include "shared/records/session.h"
#include "shared/system/clock.h"
#include "shared/text/hex.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace chat::irc {
namespace {

using namespace irc_capability;

// Bytes of the tags of a line, if its sender has not added any.
constexpr std::size_t most_of_ours = 160;

// Only one such batch is open in a connection at a time.
constexpr std::string_view label_batch = "label";

std::string_view take_line(std::string_view& lines) noexcept {
    const std::string_view line = lines.substr(0, std::min(lines.find('\n') + 1, lines.size()));
    lines.remove_prefix(line.size());
    return line;
}

std::string_view command_of(std::string_view line) noexcept {
    if (line.starts_with(':')) line.remove_prefix(std::min(line.find(' ') + 1, line.size()));
    return line.substr(0, line.find_first_of(" \r"));
}

// Capabilities that put tags in front of lines.
bool has_tags(std::uint64_t voice) noexcept {
    return (voice & (message_tags | server_time | account_tag)) != 0;
}

// What a client passes on to others: those of its tags that begin with +.
std::string client_tags(std::string_view tags) {
    std::string passed;
    while (!tags.empty()) {
        const std::string_view tag = tags.substr(0, tags.find(';'));
        tags.remove_prefix(std::min(tag.size() + 1, tags.size()));
        if (tag.size() < 2 || tag.front() != '+') continue;
        if (!passed.empty()) passed.push_back(';');
        passed.append(tag);
    }
    return passed;
}

class Tagger {
  public:
    Tagger(const WriterContext& context, const Record& record) : context_(&context), record_(&record) {}

    // `own`: begins the tags.
    void append(std::string& out, std::string_view line, Tags own) {
        const std::uint64_t voice = context_->voice;
        if (line.starts_with('@')) {  // it has its tags already
            out += line;
            return;
        }
        if ((voice & server_time) != 0) own.add_time(record_->at);
        const std::string_view source = line.starts_with(':') ? line.substr(1, line.find(' ') - 1) : "";
        if (source.find('!') != std::string_view::npos) add_sender(own, line, source);
        own.append_to(out);
        out += line;
    }

  private:
    void add_sender(Tags& tags, std::string_view line, std::string_view source) {
        if (!source.starts_with(record_->name) || source.substr(record_->name.size(), 1) != "!") return;
        const std::uint64_t voice = context_->voice;
        if ((voice & account_tag) != 0)
            if (has_account(*record_)) tags.add("account", record_->name);
        if ((voice & message_tags) == 0) return;
        if (is_from_bot()) tags.add("bot");
        const std::string_view command = command_of(line);
        // Pages of history show topics too.
        if (record_->kind == RecordKind::topic && command == "TOPIC")
            tags.add_id(*context_->segment, record_->sequence);
        const bool has_id = command == "PRIVMSG" || command == "NOTICE" || command == "TAGMSG" || command == "BATCH";
        const bool is_message = record_->kind == RecordKind::message || record_->kind == RecordKind::tag_message;
        if (!has_id || !is_message) return;
        // Of a text in several lines the first has the id, and all have the client's tags, unless these are longer than
        // a line can be: together they would be much more than was sent.
        const bool is_first = line_number_++ == 0;
        if (is_first || is_to_self()) tags.add_id(*context_->segment, record_->sequence);
        const std::string passed = client_tags(records::Message::tags_in(*record_));
        if (is_first || passed.size() <= longest_line) tags.add_text(passed);
    }
    [[nodiscard]] bool is_to_self() const noexcept {
        const TargetFields to = records::target_fields(*record_);
        return to.scope == MessageScope::direct && to.id == record_->sender_id;
    }

    [[nodiscard]] bool is_from_bot() {
        if (!is_from_bot_) {
            const SlotId sender = record_->sender;
            const auto is_bot = [sender](const IrcRow& row) {
                return row.generation == sender.generation && row.is_bot != 0;
            };
            is_from_bot_ = sender.slot < context_->segment->irc().size() &&
                           read_row(context_->segment->irc()[sender.slot], is_bot);
        }
        return *is_from_bot_;
    }

    const WriterContext* context_;
    const Record* record_;
    int line_number_ = 0;
    std::optional<bool> is_from_bot_;
};

}  // namespace

void Tags::add(std::string_view name, std::string_view value) {
    begin(name);
    if (!value.empty()) text_.append("=").append(value);
}

void Tags::begin(std::string_view name) {
    if (text_.empty())
        text_.reserve(most_of_ours);
    else
        text_.push_back(';');
    text_.append(name);
}

void Tags::add_time(Microseconds at) {
    begin("time=");
    append_time(text_, at);
}

void append_message_id(std::string& out, const Segment& segment, std::uint64_t message) {
    out.append(std::to_string(segment.words().log_id.load(std::memory_order_relaxed)));
    out.append("-").append(std::to_string(message));
}

void Tags::add_id(const Segment& segment, std::uint64_t id) {
    begin("msgid=");
    append_message_id(text_, segment, id);
}

void Tags::add_text(std::string_view tags) {
    if (!tags.empty()) begin(tags);
}

void Tags::append_to(std::string& out) const {
    if (!text_.empty()) out.append("@").append(text_).append(" ");
}

void tag_lines(const WriterContext& context, const Record& record, std::string& lines) {
    if (!has_tags(context.voice) || lines.empty()) return;
    const std::string plain = std::exchange(lines, {});
    lines.reserve(plain.size() + most_of_ours);
    Tagger tagger(context, record);
    for (std::string_view rest = plain; !rest.empty();) tagger.append(lines, take_line(rest), {});
}

void tag_answer(const WriterContext& context, const Record& record, std::string& lines) {
    const auto command = IrcCommandTag::of(record.tag);
    const bool is_labeled = !command.label.empty() && (context.voice & labeled_response) != 0;
    if (!is_labeled) return tag_lines(context, record, lines);
    const bool is_first = command.is_first_of_line;
    const bool is_last = record.sender_state != 0;
    const std::string plain = std::exchange(lines, {});
    const auto count = static_cast<std::size_t>(std::count(plain.begin(), plain.end(), '\n'));
    const bool is_whole = is_first && is_last;
    const std::string server = ":" + context.server_name + " ";
    // Of a message to oneself the echo is the answer, which comes last.
    const TargetFields to = records::target_fields(record);
    const bool is_message = record.kind == RecordKind::message || record.kind == RecordKind::tag_message;
    const bool is_to_self = is_message && to.scope == MessageScope::direct && to.id == record.sender_id && count > 1 &&
                            (context.voice & echo_message) != 0;
    const std::size_t answer_begin = is_to_self ? count - count / 2 : 0;
    const bool is_batch = command_of(plain) == "BATCH";  // it has one of its own
    const bool opens = !is_whole || (count > 1 && !is_to_self && !is_batch);
    Tagger tagger(context, record);
    const auto append = [&](std::string_view line, std::string_view name, std::string_view value) {
        Tags tags;
        if (!name.empty()) tags.add(name, value);
        tagger.append(lines, line, std::move(tags));
    };
    const std::string batch_name(label_batch);
    if (opens && is_first) append(server + "BATCH +" + batch_name + " labeled-response\r\n", "label", command.label);
    if (is_whole && count == 0) append(server + "ACK\r\n", "label", command.label);
    std::size_t number = 0;
    for (std::string_view rest = plain; !rest.empty(); ++number) {
        const std::string_view line = take_line(rest);
        if (opens)
            append(line, "batch", label_batch);
        else if (number == answer_begin)
            append(line, "label", command.label);
        else
            append(line, {}, {});
    }
    if (opens && is_last) append(server + "BATCH -" + batch_name + "\r\n", {}, {});
}

Tags tags_of(const WriterContext& context, const HistoryInfo& message) {
    Tags tags;
    if ((context.voice & server_time) != 0) tags.add_time(message.at);
    if ((context.voice & account_tag) != 0 && message.has_account) tags.add("account", message.name);
    if ((context.voice & message_tags) != 0) tags.add_id(*context.segment, message.id);
    return tags;
}

}  // namespace chat::irc
