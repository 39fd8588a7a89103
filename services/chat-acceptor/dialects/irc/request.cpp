// Answers.
#include "chat-acceptor/dialects/irc/request.h"

#include "shared/records/answer.h"
#include "shared/text/line.h"
#include "shared/text/moment.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

namespace chat::irc {

std::string_view Request::nick() const noexcept {
    if (is_registered()) return row().name_view();
    const std::string_view wanted = irc().wanted.view();
    return wanted.empty() ? "*" : wanted;
}

void Reply::numeric(int number, std::initializer_list<std::string_view> params, std::string_view text) {
    numeric(number, params);
    lines_.pop_back();
    lines_.append(" :").append(text).push_back('\n');
}

void Reply::numeric(int number, std::initializer_list<std::string_view> params) {
    const std::string digits = std::to_string(number);
    lines_.append(3 - digits.size(), '0').append(digits);
    for (const std::string_view param : params) lines_.append(" ").append(param);
    lines_.push_back('\n');
}

void Reply::fail(std::string_view command, std::string_view code, std::initializer_list<std::string_view> about,
                 std::string_view text) {
    standard_reply("FAIL", command, code, about, text);
}

void Reply::warn(std::string_view command, std::string_view code, std::initializer_list<std::string_view> about,
                 std::string_view text) {
    standard_reply("WARN", command, code, about, text);
}

void Reply::standard_reply(std::string_view type, std::string_view command, std::string_view code,
                           std::initializer_list<std::string_view> about, std::string_view text) {
    constexpr std::size_t enough = 64;
    lines_.append(":").append(type).append(" ").append(command).append(" ").append(code);
    for (const std::string_view word : about) {
        const bool can_be_shown = !word.empty() && !word.starts_with(':') && word.find(' ') == word.npos;
        lines_.append(" ").append(can_be_shown ? beginning_of(word, enough) : "*");
    }
    lines_.append(" :").append(text).push_back('\n');
}

namespace {

Reading answer_with(const Request& request, Reply reply, std::string_view row, std::string cursor,
                    std::uint8_t next_step, IrcNews news = IrcNews::none, Receivers receivers = {}) {
    std::string text;
    const Record record =
        records::DialectAnswer{
            .row = row, .lines = reply.lines(), .cursor = cursor, .news = static_cast<std::uint8_t>(news)}
            .record(text);
    Draft draft = Draft(record, std::move(receivers))
                      .with_text(std::move(text))
                      .with_name(std::string(request.nick()))
                      .with_target(std::move(cursor));
    return {.tag = {}, .answer = std::make_unique<Draft>(std::move(draft)), .next_step = next_step};
}

}  // namespace

Reading answer(const Request& request, Reply reply, std::uint8_t next_step) {
    return answer_with(request, std::move(reply), {}, {}, next_step);
}

Reading answer_part(const Request& request, Reply reply, std::string cursor, std::uint8_t next_step) {
    const std::size_t size = reply.size();
    Reading reading = answer_with(request, std::move(reply), {}, std::move(cursor), next_step);
    reading.list_part = std::max(largest_list_part, size);
    return reading;
}

Reading answer(const Request& request, Reply reply, const IrcRow& row, std::uint8_t next_step) {
    return answer_with(request, std::move(reply), {reinterpret_cast<const char*>(&row), sizeof row}, {}, next_step);
}

Reading answer_with_news(const Request& request, Reply reply, const IrcRow& row, IrcNews news,
                         std::uint32_t capability) {
    std::vector<SlotId> receivers;
    const Receivers companions = irc_companions(*request.context->acts, request.client());
    for (const SlotId companion : companions.span())
        if (companion != request.client() &&
            (request.sessions().irc_row(companion.slot).capabilities & capability) != 0)
            receivers.push_back(companion);
    return answer_with(request, std::move(reply), {reinterpret_cast<const char*>(&row), sizeof row}, {}, 0, news,
                       Receivers(std::move(receivers)));
}

Reading answer_to_all(const Request& request, Reply reply, IrcNews news, std::vector<SlotId> receivers) {
    return answer_with(request, std::move(reply), {}, {}, 0, news, Receivers(std::move(receivers)));
}

Reading silence(const Request& request) {
    return answer(request, {});
}

Reading ask(Act act, std::string_view about, std::uint8_t next_step) {
    return {
        .tag = beginning_of(about, max_name_size), .act = std::move(act), .answer = nullptr, .next_step = next_step};
}

Reading wait_for(Question question) {
    Reading reading;
    reading.question = std::move(question);
    return reading;
}

Reading refuse(const Request& request, int number, std::string_view name, std::string_view text,
               std::uint8_t next_step) {
    Reply reply;
    reply.numeric(number, {name}, text);
    return answer(request, std::move(reply), next_step);
}

Reading refuse_channel(const Request& request, std::string_view name, std::uint8_t next_step) {
    constexpr std::size_t enough = 64;
    return refuse(request, 403, beginning_of(name, enough), "No such channel", next_step);
}

Reading refuse_params(const Request& request) {
    Reply reply;
    reply.numeric(461, {in_upper_case(request.line->command)}, "Not enough parameters");
    return answer(request, std::move(reply));
}

std::string in_upper_case(std::string_view word) {
    std::string upper(word);
    for (char& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return upper;
}

std::optional<std::uint64_t> message_of(const Request& request, std::string_view msgid) noexcept {
    const std::string log = std::to_string(request.context->acts->log_id) + '-';
    if (!msgid.starts_with(log)) return std::nullopt;
    const auto id = whole_number<std::uint64_t>(msgid.substr(log.size()));
    return id != std::numeric_limits<std::uint64_t>::max() ? id : std::nullopt;
}

std::optional<Microseconds> time_of_reference(const Request& request, std::string_view word) {
    constexpr std::string_view begin = "timestamp=";
    constexpr std::size_t longest = 40;
    if (!word.starts_with(begin)) return std::nullopt;
    word.remove_prefix(begin.size());
    if (word.size() > longest || word.find('T') == std::string_view::npos || !word.ends_with('Z')) return std::nullopt;
    const auto at = moment_of(std::string(word), request.context->asker.at);
    return at && *at > 0 ? std::optional(*at - *at % millisecond) : std::nullopt;
}

bool speaks_irc(const Request& request, SlotId client) noexcept {
    return dialect_id(request.sessions().row(client.slot).dialect) == DialectId::irc;
}

bool is_operator(const Request& request, SlotId client) noexcept {
    return speaks_irc(request, client) && request.sessions().irc_row(client.slot).is_operator != 0;
}

Source source_of(const Request& request, SlotId client) {
    const ClientRow& row = request.sessions().row(client.slot);
    if (!speaks_irc(request, client))
        return {std::to_string(row.client_id), "native", std::string(row.name_view()),
                !request.sessions().away_text(client).empty()};
    const IrcRow& irc = request.sessions().irc_row(client.slot);
    return {"~" + std::string(irc.user.view()), std::string(irc.host.view()), std::string(irc.real_name.view()),
            !irc.away.view().empty(), irc.is_bot != 0};
}

bool is_visible(const Request& request, SlotId client) noexcept {
    return client == request.client() || request.sessions().row(client.slot).announced != 0;
}

std::string_view prefix_of(const Request& request, SlotId client, Room room) noexcept {
    const RoomStanding standing = request.rooms().standing(client, room);
    const bool shows_both = (request.irc().capabilities & irc_capability::multi_prefix) != 0;
    if (shows_both && standing.is_operator && standing.has_voice) return "@+";
    if (standing.is_operator) return "@";
    return standing.has_voice ? "+" : "";
}

std::string seconds_of(Microseconds at) {
    constexpr Microseconds second = 1'000'000;
    return std::to_string(at / second);
}

std::string channel(std::string_view room) {
    return "#" + std::string(room);
}

std::string_view room_of(std::string_view channel) noexcept {
    if (!channel.starts_with('#')) return {};
    channel.remove_prefix(1);
    return is_room_name(channel) ? channel : std::string_view{};
}

std::optional<Room> find_channel(const Request& request, std::string_view channel) {
    const std::string_view name = room_of(channel);
    if (name.empty()) return std::nullopt;
    return request.rooms().find(name);
}

}  // namespace chat::irc
