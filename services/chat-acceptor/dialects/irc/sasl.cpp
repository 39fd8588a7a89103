// AUTHENTICATE (SASL PLAIN and EXTERNAL), and PASS NAME:SECRET: a client proves that it owns an account, whose name
// becomes its nick. The question is the one of /login; the row keeps the account, never a secret.
#include "chat-acceptor/acts/waiting.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "chat-acceptor/dialects/irc/joined_chunks.h"
#include "shared/records/answer.h"
#include "shared/records/command_tag.h"
#include "shared/system/secret.h"
#include "shared/text/text_rules.h"

#include <array>

namespace chat::irc {
namespace {

constexpr std::size_t most_following = 4096;  // bytes: what has no end by then has none

// The bytes that a text in base64 stands for (RFC 4648); empty if it is something else.
std::optional<Secret> decode_base64(std::string_view text) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (text.size() % 4 != 0 || text.size() > longest_message) return std::nullopt;
    while (text.ends_with('=')) text.remove_suffix(1);
    std::array<char, longest_message> bytes{};
    std::size_t size = 0;
    std::uint32_t bits = 0;
    unsigned count = 0;
    bool is_base64 = true;
    for (const char c : text) {
        const std::size_t digit = digits.find(c);
        is_base64 = is_base64 && digit != std::string_view::npos;
        bits = (bits << 6U | static_cast<std::uint32_t>(digit & 63U)) & 0xffffU;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes[size++] = static_cast<char>(bits >> count & 0xffU);
    }
    std::optional<Secret> decoded;
    if (is_base64) decoded = Secret(std::string_view(bytes.data(), size));
    wipe(bytes.data(), bytes.size());
    return decoded;
}

std::string source_so_far(const Request& request) {
    const IrcRow& row = request.irc();
    const std::string user = row.user.view().empty() ? "*" : "~" + std::string(row.user.view());
    const std::string_view host = row.host.view().empty() ? "*" : row.host.view();
    return std::string(request.nick()) + '!' + user + '@' + std::string(host);
}

Reading refuse_proof(const Request& request, IrcRow row, int number, std::string_view why) {
    row.sasl = static_cast<std::uint8_t>(SaslState::mechanism);
    Reply reply;
    reply.numeric(number, {}, why);
    return answer(request, std::move(reply), row);
}

// Asks as for /login, but only changes what is known of this client. `failure` and `success`: numerics; 0: none.
Reading prove(const Request& request, const Act& act, int failure, int success) {
    const ReadContext& context = *request.context;
    if (context.answer == nullptr || context.answer->is_preliminary)
        if (auto question = ask_about_account(act, *context.acts, context.asker)) return wait_for(*std::move(question));
    const auto login = context.answer != nullptr ? AccountAnswer::of(*context.answer) : std::nullopt;
    const auto refusal = login ? refuse_login(act, *login, *context.acts, context.asker)
                               : std::optional(perform(act, *context.acts, context.asker));
    if (refusal) {
        // Without a refusal it would just have taken a name that is nobody's.
        const std::string_view why =
            refusal->is_refusal() ? records::Error::of(refusal->record()).text : "There is no such account";
        return refuse_proof(request, request.irc(), failure, "Not logged in: " + std::string(why));
    }
    IrcRow row = request.irc();
    row.account = static_cast<std::uint32_t>(login->account);
    row.account_since = login->since;
    row.failed = static_cast<std::uint32_t>(login->failed);
    row.account_name.set(login->name);
    row.sasl = static_cast<std::uint8_t>(SaslState::mechanism);
    Reply reply;
    add_logged_in(request, login->name, reply);
    if (success != 0) reply.numeric(success, {}, "SASL authentication successful");
    // After the registration its next record is that of a login, and the name follows.
    return answer(request, std::move(reply), row, request.is_registered() ? 1 : 0);
}

Reading choose_mechanism(const Request& request, IrcRow row) {
    const std::string_view mechanism = request.param(0);
    if (!has_accounts(request)) return refuse_proof(request, row, 904, "There are no accounts on this server");
    if (equal_ignoring_case(mechanism, "PLAIN"))
        row.sasl = static_cast<std::uint8_t>(SaslState::plain);
    else if (equal_ignoring_case(mechanism, "EXTERNAL"))
        row.sasl = static_cast<std::uint8_t>(SaslState::external);
    Reply reply;
    if (row.sasl != static_cast<std::uint8_t>(SaslState::mechanism)) {
        reply.raw(":AUTHENTICATE +");
        return answer(request, std::move(reply), row);
    }
    reply.numeric(908, {"PLAIN,EXTERNAL"}, "are available SASL mechanisms");
    reply.numeric(904, {}, "SASL authentication failed");
    return answer(request, std::move(reply));
}

// The identity to act as, the one that the password belongs to, and the password, separated by zero bytes (RFC 4616).
Reading prove_plain(const Request& request, std::string_view message) {
    const std::size_t first = message.find('\0');
    const std::size_t second = first == std::string_view::npos ? first : message.find('\0', first + 1);
    if (second == std::string_view::npos || message.find('\0', second + 1) != std::string_view::npos)
        return refuse_proof(request, request.irc(), 904, "SASL authentication failed");
    const std::string_view name = message.substr(first + 1, second - first - 1);
    if (first != 0 && !equal_ignoring_case(message.substr(0, first), name))
        return refuse_proof(request, request.irc(), 904, "SASL authentication failed: one can only be oneself");
    return prove(request, act::LogIn{name, message.substr(second + 1)}, 904, 903);
}

// `data`: the message in base64, or + for an empty one.
Reading prove_message(const Request& request, std::string_view data) {
    const IrcRow& row = request.irc();
    const auto message = decode_base64(data == "+" ? std::string_view() : data);
    if (!message) return refuse_proof(request, row, 904, "SASL authentication failed");
    if (row.sasl == static_cast<std::uint8_t>(SaslState::plain)) return prove_plain(request, message->view());
    const std::string_view name = message->empty() ? request.nick() : message->view();
    if (name.empty() || !is_name(name) || !is_set(request.row().fingerprint))
        return refuse_proof(request, row, 904, "SASL authentication failed: it needs a TLS certificate");
    return prove(request, act::Rename{name}, 904, 903);
}

// The message goes on in the next lines. They stay in the inbox until its end has come, so that it is kept nowhere
// else.
Reading join_chunks(const Request& request, std::string_view first) {
    Reading reading;
    reading.needs = Reading::Needs::following;
    if (!request.context->following) return reading;
    const std::string_view following = request.context->following->substr(0, most_following);
    const JoinedChunks joined(first, following);
    const bool may_go_on = !joined.is_interrupted() && !request.context->has_ended && following.size() < most_following;
    if (joined.end() == JoinedChunks::End::missing && may_go_on) {
        reading.needs = Reading::Needs::more;
        return reading;
    }
    switch (joined.end()) {
        case JoinedChunks::End::whole:
            reading = request.step() != 0 ? finish_login(request, 0) : prove_message(request, joined.message());
            break;
        case JoinedChunks::End::aborted:
            reading = refuse_proof(request, request.irc(), 906, "SASL authentication aborted");
            break;
        case JoinedChunks::End::missing:
        case JoinedChunks::End::too_long:
            reading = refuse_proof(request, request.irc(), 904, "SASL authentication failed: its message has no end");
            break;
    }
    reading.following_used = joined.used();
    return reading;
}

}  // namespace

bool is_logged_in(const Request& request) noexcept {
    return request.row().account != 0 || (!request.is_registered() && request.irc().account != 0);
}

bool has_accounts(const Request& request) noexcept {
    const AccountNames* names = request.context->acts->names;
    return names != nullptr && names->are_available;
}

Reading authenticate(const Request& request) {
    const IrcRow& row = request.irc();
    const std::string_view data = request.param(0);
    if (request.step() != 0)
        return data.size() == longest_chunk ? join_chunks(request, data) : finish_login(request, 0);
    if (data.empty()) return refuse_params(request);
    if (is_logged_in(request)) return refuse_proof(request, row, 907, "You have already authenticated using SASL");
    if (data == "*") return refuse_proof(request, row, 906, "SASL authentication aborted");
    if (row.sasl == static_cast<std::uint8_t>(SaslState::mechanism)) return choose_mechanism(request, row);
    if (data.size() > longest_chunk) return refuse_proof(request, row, 905, "SASL message too long");
    if (data.size() == longest_chunk) return join_chunks(request, data);
    return prove_message(request, data);
}

Reading finish_login(const Request& request, std::uint8_t next_step) {
    const IrcRow& row = request.irc();
    return ask(act::UseAccount{row.account_name.view(), row.account, row.account_since, row.failed}, told_by_sasl,
               next_step);
}

void add_logged_in(const Request& request, std::string_view account, Reply& reply) {
    reply.numeric(900, {source_so_far(request), account}, "You are now logged in as " + std::string(account));
}

Reading log_in_with_password(const Request& request, std::string_view name, std::string_view secret) {
    return prove(request, act::LogIn{name, secret}, 464, 0);
}

}  // namespace chat::irc
